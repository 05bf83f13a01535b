import type { Provider } from '#shared/model/provider.ts';
import type { KeyOverlap, RotationSupport } from '#shared/model/rotation.ts';
import { rotationNotes } from '#shared/policy/rotation-notes.ts';
import { providers } from '#shared/provider/index.ts';
import { code, origin, page, table } from './markdown.ts';

const overlapWords: Readonly<Record<KeyOverlap, string>> = {
  full: 'old and new live together',
  slots: 'two fixed places',
  none: 'the new one ends the old one',
};

const withApi = Object.values<Provider>(providers).flatMap(({ rotation, ...provider }) =>
  rotation === undefined ? [] : [{ provider, rotation }],
);

function callsOf(text: string | null): string {
  return text === null ? 'not possible' : text;
}

function spanOf(milliseconds: number): string {
  return milliseconds < 120_000 ? `${milliseconds / 1_000} s` : `${milliseconds / 60_000} min`;
}

function needs({ adminKey, parameters }: RotationSupport): string {
  const key =
    adminKey === null
      ? 'No admin key: the key does it itself.'
      : `Admin key: [${adminKey.name}](${adminKey.consoleUrl}).`;
  return [
    key,
    ...parameters.map(({ name, description, example }) => `${code(`--set ${name}=${example}`)}: ${description}.`),
  ].join('<br>');
}

/** docs/connectors.md. */
export function connectorsPage(): string {
  return page(
    '# Providers whose keys change by themselves',
    origin('shared/provider/'),
    'How a change goes, and what to do when one stops, is in [rotation.md](rotation.md). For every other provider you make the new key by hand and are guided; a schedule reminds you.',
    table(
      ['provider', 'new key', 'disabled', 'destroyed', 'overlap', 'looked up', 'source'],
      withApi.map(({ provider, rotation }) => [
        provider.name,
        rotation.calls.create,
        `${callsOf(rotation.calls.disable)}${rotation.disable === 'final' ? ' (for good)' : ''}`,
        rotation.calls.revoke,
        overlapWords[rotation.overlap],
        rotation.unconfirmed === undefined ? 'all' : 'not all, see below',
        `[${new URL(rotation.documentation).hostname}](${rotation.documentation})`,
      ]),
    ),
    '*Looked up* means: found in the provider’s documentation or in the source of its SDK, and tried against a server of these tests that answers in that shape. Nothing here was tried with a real account.',
    '## What each needs',
    table(
      ['provider', 'to be given once', 'a new key may be refused for', 'last use is told', 'to know before'],
      withApi.map(({ provider, rotation }) => [
        provider.name,
        needs(rotation),
        spanOf(rotation.propagationMs),
        rotation.lastUsedLagMs === null ? 'no' : `yes, up to ${spanOf(rotation.lastUsedLagMs)} late`,
        rotationNotes(rotation).join('<br>'),
      ]),
    ),
    'Where a provider does not tell when a key was last used, drain can only wait for the calls that go through Tollkeeper: a program that uses the same key directly fails when the old key ends. Where keys can be disabled, the old one is kept disabled for an hour, and `toll rotation roll-back` brings it back.',
    'A new key may do what the old one may: permissions, limits, scopes, tags and the workspace are copied where the API tells them (OpenRouter, xAI, Deepgram, ElevenLabs). OpenAI’s service accounts have the role that the project gives them.',
  );
}
