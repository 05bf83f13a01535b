import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parse as parseJsonc } from 'jsonc-parser';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { type ToolId, toolIds } from '#shared/provider/tool/tool-providers.ts';
import { type FakeHandlers, startFakeControl } from '#test/fakes/fake-control.ts';
import { type TestHome, testHome } from './run-cli.ts';
import { samples } from './samples.ts';

const handlers: FakeHandlers = {
  'status.read': () => samples.status,
  'credential.list': () => [samples.credential, { ...samples.credential, id: 'cred_b', provider: 'anthropic' }],
  'provider.list': () => [
    {
      id: 'openai',
      name: 'OpenAI',
      local: false,
      baseUrl: 'https://api.openai.com/v1',
      basePath: '/v1',
      consoleUrl: 'https://x',
      keyExample: null,
      environment: {},
      custom: false,
    },
  ],
};

/** Lines of the texts below that an edit may touch. */
const concerned = /model_provider|\{name: Two|apiKey: mine|api\.openai\.com/;

const gateway = 'http://127.0.0.1:8377';

/** Where each tool keeps its configuration in a fresh home. */
const files: Readonly<Record<ToolId, string>> = {
  'claude-code': '.claude/settings.json',
  codex: '.codex/config.toml',
  opencode: '.config/opencode/opencode.json',
  aider: '.aider.conf.yml',
  continue: '.continue/config.yaml',
  zed: '.config/zed/settings.json',
};

const json = '{\n\t// keep me\n\t"theme": "dark", /* and me */\n\t"list": [1, 2,],\n}';
const toml =
  '# keep me\nmodel = "gpt-5" # and me\nmodel_provider = "other"   # was mine\n\n[tui]\nnotifications = true';
const yaml = '# keep me\nmodel: "x"   # and me\nread:\n    - A.md\n    - B.md';
const models = [
  '# keep me',
  'name: Mine',
  'models:',
  '    - name: "One"  # and me',
  '      provider: openai',
  '      model: gpt-5',
  '    - {name: Two, provider: anthropic, model: claude}',
  '    - provider: openai',
  '      apiBase: http://192.168.0.7:8000/v1',
  '    - model: x',
  '      apiKey: mine',
  '      apiBase: "https://api.openai.com/v1/"',
  '      provider: openai',
  'rules: [a, b]',
].join('\n');

/** Configurations that are easy to damage, per tool. */
const nasty: readonly (readonly [ToolId, string, string])[] = toolIds.flatMap((tool) => {
  const text = { 'claude-code': json, codex: toml, opencode: json, aider: yaml, continue: models, zed: json }[tool];
  return [
    [tool, 'comments, no line break at the end', text],
    [tool, 'a line break at the end', `${text}\n`],
    [tool, 'CRLF', `${text}\n`.replaceAll('\n', '\r\n')],
    [tool, 'a byte order mark', `\uFEFF${text}\n`],
    [tool, 'letters outside ASCII', `${text}\n`.replaceAll('keep me', 'b\u00E9 \u{1F511} \u4F60')],
  ] as const;
});

function place(home: TestHome, tool: ToolId, bytes: string | Buffer): string {
  const file = join(home.folder, files[tool]);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  return file;
}

async function readyHome(): Promise<TestHome> {
  const home = testHome();
  await startFakeControl(home.paths, handlers);
  return home;
}

describe('setup and undo', () => {
  test.each(nasty)('%s with %s comes back to the byte', async (tool, _what, text) => {
    const home = await readyHome();
    const file = place(home, tool, text);
    chmodSync(file, 0o640);
    const before = readFileSync(file);

    const done = await home.toll(['setup', tool, '--yes']);
    expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('@@') });
    const edited = readFileSync(file, 'utf8');
    expect(edited).toContain(gateway);
    expect(edited.split(/\r?\n/)).toEqual(
      expect.arrayContaining(text.split(/\r?\n/).filter((line) => !concerned.test(line))),
    );
    expect(edited.includes('\r\n')).toBe(text.includes('\r\n'));
    if (text.includes('\r\n')) expect(edited.replaceAll('\r\n', '')).not.toContain('\n');
    expect(statSync(file).mode & 0o777).toBe(0o640);

    expect((await home.toll(['setup', tool, '--undo', '--yes'])).code).toBe(0);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(existsSync(join(home.paths.setup, `${tool}.json`))).toBe(false);
  });

  test.each(toolIds)('%s without a configuration gets one, and loses it and its folders again', async (tool) => {
    const home = await readyHome();
    const file = join(home.folder, files[tool]);
    expect((await home.toll(['setup', tool, '--yes'])).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toMatch(/127\.0\.0\.1:8377(?:.|\n)*\n$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await home.toll(['setup', tool, '--undo', '--yes'])).code).toBe(0);
    expect(existsSync(file)).toBe(false);
    expect(dirname(file) === home.folder || !existsSync(dirname(file))).toBe(true);
  });

  test.each(toolIds)('%s set up twice changes nothing the second time', async (tool) => {
    const home = await readyHome();
    await home.toll(['setup', tool, '--yes']);
    const once = readFileSync(join(home.folder, files[tool]));
    const again = await home.toll(['setup', tool, '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ tool, changed: false, applied: false, difference: '' });
    expect(readFileSync(join(home.folder, files[tool])).equals(once)).toBe(true);
  });
});

describe('what is written', () => {
  async function written(tool: ToolId, text = ''): Promise<string> {
    const home = await readyHome();
    const file = text === '' ? join(home.folder, files[tool]) : place(home, tool, text);
    expect((await home.toll(['setup', tool, '--yes'], { environment: { PATH: '' } })).code).toBe(0);
    return readFileSync(file, 'utf8');
  }

  test('Claude Code fetches tokens through this very toll', async () => {
    const settings = parseJsonc(await written('claude-code', json));
    expect(settings).toMatchObject({
      theme: 'dark',
      list: [1, 2],
      apiKeyHelper:
        '/usr/bin/node "/opt/toll folder/toll.mjs" token --tool claude-code --scope "anthropic:chat anthropic:models" --ttl 1h',
      env: { ANTHROPIC_BASE_URL: `${gateway}/anthropic`, CLAUDE_CODE_API_KEY_HELPER_TTL_MS: '3300000' },
    });
  });

  test('Codex gets a provider whose token comes from a command', async () => {
    const configuration = parseToml(await written('codex', toml));
    expect(configuration).toMatchObject({
      model: 'gpt-5',
      tui: { notifications: true },
      model_provider: 'tollkeeper',
      model_providers: {
        tollkeeper: {
          base_url: `${gateway}/openai/v1`,
          wire_api: 'responses',
          auth: { command: '/usr/bin/node', timeout_ms: 65_000 },
        },
      },
    });
    expect(JSON.stringify(configuration)).toContain('"--scope","openai:chat openai:models"');
  });

  test('opencode and Zed get every provider that has a key', async () => {
    expect(parseJsonc(await written('opencode')).provider).toEqual({
      anthropic: { options: { baseURL: `${gateway}/anthropic/v1`, apiKey: '{env:ANTHROPIC_AUTH_TOKEN}' } },
      openai: { options: { baseURL: `${gateway}/openai/v1`, apiKey: '{env:OPENAI_API_KEY}' } },
    });
    expect(parseJsonc(await written('zed')).language_models).toEqual({
      anthropic: { api_url: `${gateway}/anthropic` },
      openai: { api_url: `${gateway}/openai/v1` },
    });
  });

  test('aider gets a base URL, replaced where there was one', async () => {
    expect(parseYaml(await written('aider', yaml))).toEqual({
      model: 'x',
      read: ['A.md', 'B.md'],
      'openai-api-base': `${gateway}/openai/v1`,
    });
    const replaced = await written('aider', "openai-api-base: 'http://old/v1' # why\nmodel: x\n");
    expect(replaced).toBe(`openai-api-base: "${gateway}/openai/v1" # why\nmodel: x\n`);
  });

  test('Continue gets base and key on the models of known providers, and on no other server', async () => {
    const edited = await written('continue', models);
    const key = `$\{{ secrets.OPENAI_API_KEY }}`;
    expect(parseYaml(edited).models).toEqual([
      { name: 'One', provider: 'openai', apiBase: `${gateway}/openai/v1/`, apiKey: key, model: 'gpt-5' },
      {
        name: 'Two',
        provider: 'anthropic',
        apiBase: `${gateway}/anthropic/v1/`,
        apiKey: key.replace('OPENAI_API_KEY', 'ANTHROPIC_AUTH_TOKEN'),
        model: 'claude',
      },
      { provider: 'openai', apiBase: 'http://192.168.0.7:8000/v1' },
      { model: 'x', apiKey: key, apiBase: `${gateway}/openai/v1/`, provider: 'openai' },
    ]);
  });

  test('no token and no key is ever in it', async () => {
    for (const tool of toolIds) expect(await written(tool)).not.toMatch(/eyJ|tk_|the-token/);
  });
});

describe('agreement', () => {
  test('without a terminal and without --yes nothing is changed, and the difference is shown', async () => {
    const home = await readyHome();
    const file = place(home, 'zed', json);
    const { code, stdout, stderr } = await home.toll(['setup', 'zed']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('+\t"language_models": {');
    expect(stderr).toContain('--yes');
    expect(readFileSync(file, 'utf8')).toBe(json);
  });

  test.each([
    ['n\n', 1],
    ['\n', 1],
    ['y\n', 0],
  ])('%j at the question exits %i', async (typed, code) => {
    const home = await readyHome();
    const file = place(home, 'zed', json);
    expect((await home.toll(['setup', 'zed'], { typed })).code).toBe(code);
    expect(readFileSync(file, 'utf8') === json).toBe(code === 1);
  });

  test('--dry-run changes nothing', async () => {
    const home = await readyHome();
    const file = place(home, 'zed', json);
    const { code, stdout } = await home.toll(['setup', 'zed', '--dry-run', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      changed: true,
      applied: false,
      difference: expect.stringContaining('+'),
    });
    expect(readFileSync(file, 'utf8')).toBe(json);
  });
});

describe('a file that changed since', () => {
  test('keeps what others wrote elsewhere', async () => {
    const home = await readyHome();
    const file = place(home, 'codex', `${toml}\n\n[a]\nb = 1\n\n[c]\nd = 2\n`);
    await home.toll(['setup', 'codex', '--yes']);
    writeFileSync(file, readFileSync(file, 'utf8').replace('model = "gpt-5"', 'model = "gpt-6"'));
    expect((await home.toll(['setup', 'codex', '--undo', '--yes'])).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(`${toml.replace('gpt-5', 'gpt-6')}\n\n[a]\nb = 1\n\n[c]\nd = 2\n`);
  });

  test('is left alone when the very edit was changed', async () => {
    const home = await readyHome();
    const file = place(home, 'codex', toml);
    await home.toll(['setup', 'codex', '--yes']);
    const changed = readFileSync(file, 'utf8').replace('wire_api = "responses"', 'wire_api = "mine"');
    writeFileSync(file, changed);
    const { code, stderr } = await home.toll(['setup', 'codex', '--undo', '--yes', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stderr).error.code).toBe('conflict');
    expect(readFileSync(file, 'utf8')).toBe(changed);
  });

  test('that was deleted comes back as it was', async () => {
    const home = await readyHome();
    const file = place(home, 'zed', json);
    await home.toll(['setup', 'zed', '--yes']);
    rmSync(file);
    expect((await home.toll(['setup', 'zed', '--undo', '--yes'])).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(json);
  });

  test('set up again for another port, undo still leads to the original', async () => {
    const home = testHome();
    let url = gateway;
    await startFakeControl(home.paths, {
      ...handlers,
      'status.read': () => ({ ...samples.status, gateway: { ...samples.status.gateway, url } }),
    });
    const file = place(home, 'codex', toml);
    await home.toll(['setup', 'codex', '--yes']);
    url = 'http://127.0.0.1:9999';
    expect((await home.toll(['setup', 'codex', '--yes'])).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain(':9999/openai/v1');
    expect(readFileSync(file, 'utf8')).not.toContain(':8377');
    await home.toll(['setup', 'codex', '--undo', '--yes']);
    expect(readFileSync(file, 'utf8')).toBe(toml);
  });
});

describe('refusals that change nothing', () => {
  test.each([
    ['zed', '{"a": '],
    ['zed', '[1]'],
    ['codex', 'model = '],
    ['codex', '[model_providers.tollkeeper]\nname = "mine"\n'],
    ['aider', 'a: [1\n'],
    ['aider', '- a\n'],
    ['continue', 'name: x\nmodels:\n  - provider: bedrock\n'],
    ['continue', 'a: 1\n---\nb: 2\n'],
  ] as const)('%s with %j', async (tool, text) => {
    const home = await readyHome();
    const file = place(home, tool, text);
    const { code, stderr } = await home.toll(['setup', tool, '--yes', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stderr).error.message).toMatch(/Nothing was changed/);
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(existsSync(join(home.paths.setup, `${tool}.json`))).toBe(false);
  });

  test('bytes that are no text', async () => {
    const home = await readyHome();
    const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
    const file = place(home, 'zed', bytes);
    expect((await home.toll(['setup', 'zed', '--yes'])).code).toBe(1);
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  test('undo of what was never set up', async () => {
    const { code, stderr } = await testHome().toll(['setup', 'zed', '--undo', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stderr).error.code).toBe('not_found');
  });
});

describe('the file itself', () => {
  test('a link stays a link', async () => {
    const home = await readyHome();
    const target = join(home.folder, 'dotfiles.json');
    writeFileSync(target, json);
    const link = join(home.folder, files.zed);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link);
    await home.toll(['setup', 'zed', '--yes']);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, 'utf8')).toContain(gateway);
    await home.toll(['setup', 'zed', '--undo', '--yes']);
    expect(readFileSync(target, 'utf8')).toBe(json);
  });

  test('is where the tool\u2019s own variables say', async () => {
    const home = await readyHome();
    const folder = join(home.folder, 'elsewhere');
    const environment = {
      CLAUDE_CONFIG_DIR: folder,
      CODEX_HOME: folder,
      XDG_CONFIG_HOME: folder,
      CONTINUE_GLOBAL_DIR: folder,
    };
    for (const tool of toolIds) expect((await home.toll(['setup', tool, '--yes'], { environment })).code).toBe(0);
    for (const name of ['settings.json', 'config.toml', 'config.yaml', 'opencode/opencode.json', 'zed/settings.json']) {
      expect(readFileSync(join(folder, name), 'utf8')).toContain(gateway);
    }
  });

  test('an existing opencode.jsonc is taken before a new opencode.json', async () => {
    const home = await readyHome();
    const file = join(home.folder, '.config/opencode/opencode.jsonc');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, json);
    await home.toll(['setup', 'opencode', '--yes']);
    expect(readFileSync(file, 'utf8')).toContain(gateway);
    expect(existsSync(join(home.folder, files.opencode))).toBe(false);
  });

  test('the record is for its owner alone', async () => {
    const home = await readyHome();
    place(home, 'zed', json);
    await home.toll(['setup', 'zed', '--yes']);
    expect(statSync(join(home.paths.setup, 'zed.json')).mode & 0o777).toBe(0o600);
    expect(statSync(home.paths.setup).mode & 0o777).toBe(0o700);
  });
});
