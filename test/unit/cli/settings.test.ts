import { expect, it } from 'vitest';
import { settingsSchema } from '#shared/model/settings.ts';
import { startFakeControl } from '#test/fakes/fake-control.ts';
import { testHome } from './run-cli.ts';

async function bench() {
  let settings = settingsSchema.parse({});
  const home = testHome();
  await startFakeControl(home.paths, {
    'settings.read': () => settings,
    'settings.update': (changes) => {
      settings = settingsSchema.parse({ ...settings, ...changes });
      return settings;
    },
  });
  return { toll: home.toll, current: () => settings };
}

it('lists all of them', async () => {
  const { toll, current } = await bench();
  const { code, stdout } = await toll(['settings', 'list', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual(current());
  expect((await toll(['settings', 'list'])).stdout).toMatch(/^idleTimeoutSeconds +300 +300$/m);
});

it.each([
  ['proxy', 'http://corp:3128', 'http://corp:3128'],
  ['proxy', 'none', 'none'],
  ['connectTimeoutSeconds', '5', 5],
  ['trustSystemCertificates', 'false', false],
  ['dailyBudgetMicroUsd', 'null', null],
  ['queryTokenTools', '["live"]', ['live']],
  ['port', 'default', 8377],
])('sets %s to %s', async (name, value, expected) => {
  const { toll, current } = await bench();
  const { code, stdout } = await toll(['settings', 'set', name, value, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ [name]: expected });
  expect(current()).toMatchObject({ [name]: expected });
});

it.each([
  ['nothing', '1'],
  ['proxy', 'http://ada:word@corp:1'],
  ['connectTimeoutSeconds', '121'],
  ['connectTimeoutSeconds', 'soon'],
])('refuses %s %s', async (name, value) => {
  const { toll, current } = await bench();
  const { code, stderr } = await toll(['settings', 'set', name, value, '--json']);
  expect(code).toBe(2);
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'wrong_usage' } });
  expect(stderr).not.toContain('word@');
  expect(current()).toEqual(settingsSchema.parse({}));
});
