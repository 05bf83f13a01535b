import { importPKCS8, SignJWT } from 'jose';
import { z } from 'zod';
import { TollkeeperError } from '#shared/model/error.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { ConnectorContext, CreateConnector, ProviderKey } from '../connector.ts';
import { findersIn, type KeyApi, keyApiUrl, openKeyApi, pathParameter, readPages } from '../key-api.ts';
import { readFromProvider } from '../provider-call.ts';

const keySchema = lazily(() =>
  z.object({
    name: z.string().regex(/^projects\/[\w.:-]+\/locations\/global\/keys\/[\w-]+$/),
    displayName: z.string().optional(),
    createTime: z.string().optional(),
    deleteTime: z.string().optional(),
  }),
);
type Key = z.infer<typeof keySchema>;

const listSchema = lazily(() =>
  z.object({ keys: z.array(keySchema).default([]), nextPageToken: z.string().optional() }),
);
const operationSchema = lazily(() =>
  z.object({
    name: z.string().regex(/^operations\/[\w.-]+$/),
    done: z.boolean().optional(),
    error: z.object({ message: z.string() }).optional(),
    response: z.unknown().optional(),
  }),
);
const keyStringSchema = lazily(() => z.object({ keyString: z.string().min(1) }));
const tokenSchema = lazily(() => z.object({ access_token: z.string().min(1) }));
const serviceAccountSchema = lazily(() =>
  z.object({
    client_email: z.string(),
    private_key_id: z.string(),
    private_key: z.string(),
  }),
);

const scope = 'https://www.googleapis.com/auth/cloud-platform';

/** How often an operation that makes a key is looked at, and how long between two looks, in milliseconds. */
const looks = { most: 20, everyMs: 1_500 } as const;

/**
 * Google: keys of a project for the Gemini API, bound to a service account. A deleted key can be brought back for 30 days, so
 * deleting is what disables, and a deleted one counts as revoked. The admin key is a service account's JSON file: its signed
 * assertion becomes a token (RFC 7523). No secret is sent in an address: keys are told apart by reading them.
 * https://cloud.google.com/api-keys/docs/reference/rest/v2/projects.locations.keys, https://developers.google.com/identity/protocols/oauth2/service-account
 */
export const connectGoogleApiKeys: CreateConnector = (context) => {
  const parent = `/v2/projects/${pathParameter(context, 'project')}/locations/global/keys`;

  async function open(): Promise<KeyApi> {
    const authorization = `Bearer ${await accessToken(context)}`;
    return openKeyApi(context, { baseUrl: keyApiUrl(context), headers: async () => ({ authorization }) });
  }
  const entries = (api: KeyApi) =>
    readPages(async (cursor) => {
      const after = cursor === null ? '' : `&pageToken=${encodeURIComponent(cursor)}`;
      const page = await api.read(listSchema, { method: 'GET', path: `${parent}?pageSize=300${after}` });
      return { entries: page.keys, next: page.nextPageToken || null };
    });
  const secretOf = async (api: KeyApi, id: string): Promise<string> =>
    (await api.read(keyStringSchema, { method: 'GET', path: `/v2/${id}/keyString` })).keyString;

  async function remove(id: string): Promise<void> {
    const api = await open();
    if ((await stateOf(api, id)) === 'living')
      await api.send({ method: 'DELETE', path: `/v2/${id}`, goneIsFine: true });
  }

  return {
    async identify(secret) {
      const api = await open();
      for (const key of await entries(api)) if ((await secretOf(api, key.name)) === secret) return shown(key);
      return null;
    },
    async create({ name }) {
      const api = await open();
      const body = {
        displayName: name,
        serviceAccountEmail: context.parameters['service-account'],
        restrictions: { apiTargets: [{ service: 'generativelanguage.googleapis.com' }] },
      };
      const begun = await api.read(operationSchema, { method: 'POST', path: parent, body });
      const id = (await finish(api, begun, context)).name;
      return { id, secret: await lostOnFailure(secretOf(api, id)) };
    },
    ...findersIn(async () => (await entries(await open())).map(shown)),
    disable: ({ id }) => remove(id),
    async enable({ id }) {
      const api = await open();
      if ((await stateOf(api, id)) !== 'living')
        await api.send({ method: 'POST', path: `/v2/${id}:undelete`, body: {} });
    },
    revoke: ({ id }) => remove(id),
  };
};

async function stateOf(api: KeyApi, id: string): Promise<'living' | 'gone'> {
  const path = `/v2/${id}`;
  const key = await api.read(z.union([keySchema, z.undefined()]), { method: 'GET', path, goneIsFine: true });
  return key === undefined || key.deleteTime !== undefined ? 'gone' : 'living';
}

/** Waits for an operation. One that fails or does not end leaves unknown whether there is a key. */
async function finish(api: KeyApi, begun: z.infer<typeof operationSchema>, { pause }: ConnectorContext): Promise<Key> {
  let operation = begun;
  for (let look = 0; operation.done !== true && look < looks.most; look += 1) {
    await pause(looks.everyMs);
    const path = `/v2/${operation.name}`;
    operation = await lostOnFailure(api.read(operationSchema, { method: 'GET', path }));
  }
  if (operation.error !== undefined) throw new TollkeeperError('provider_refused', 'Google could not make the key.');
  const key = keySchema.safeParse(operation.response);
  if (operation.done === true && key.success) return key.data;
  throw new TollkeeperError('provider_outcome_unknown', 'Google did not say in time whether the key was made.');
}

/** The key was ordered, so whatever fails now leaves one behind that nobody has. */
async function lostOnFailure<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    throw new TollkeeperError('provider_outcome_unknown', 'Google made a key and did not tell it.', { cause });
  }
}

function shown({ name, displayName, createTime, deleteTime }: Key): ProviderKey {
  const state = deleteTime === undefined ? 'active' : 'disabled';
  return { id: name, name: displayName ?? null, createdAt: createTime ?? null, lastUsedAt: null, state };
}

/** No cause is kept, since the parser's own message quotes what it could not read. */
async function readAccount(text: string) {
  try {
    const { private_key, private_key_id, client_email } = serviceAccountSchema.parse(JSON.parse(text));
    return { kid: private_key_id, email: client_email, signingKey: await importPKCS8(private_key, 'RS256') };
  } catch {
    throw new TollkeeperError('provider_refused', 'The admin key is no JSON key of a service account.');
  }
}

/** The address that the file names is not used: the assertion goes nowhere but to Google. */
async function accessToken({ fetch, clock, support, adminSecret }: ConnectorContext): Promise<string> {
  const { kid, email, signingKey } = await readAccount(await adminSecret());
  const tokenUrl = support.tokenUrl ?? '';
  const now = Math.floor(clock.now() / 1_000);
  const assertion = await new SignJWT({ scope })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
    .setIssuer(email)
    .setAudience(tokenUrl)
    .setIssuedAt(now)
    .setExpirationTime(now + 600)
    .sign(signingKey);
  const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
  const answer = await readFromProvider(
    {
      ...{ fetch, clock, name: 'Google', method: 'POST', headers: {}, harmless: true, url: tokenUrl },
      form: new URLSearchParams(grant).toString(),
    },
    tokenSchema,
  );
  return answer.access_token;
}
