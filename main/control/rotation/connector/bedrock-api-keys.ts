import { AwsV4Signer } from 'aws4fetch';
import { TollkeeperError } from '#shared/model/error.ts';
import { verifyKey } from '../../credential/verify-key.ts';
import type { ConnectorContext, CreateConnector, KeyHandle } from '../connector.ts';
import { keyApiUrl } from '../key-api.ts';
import { callForText, formType, type ProviderCall } from '../provider-call.ts';

/** One of the two keys that a user may have for a service. */
interface Place {
  readonly id: string;
  /** The part of the key before its secret part. */
  readonly alias: string;
  readonly status: 'Active' | 'Inactive';
}

/** IAM's actions as they are called, and whether they change nothing. */
const actions = {
  ListServiceSpecificCredentials: { harmless: true },
  CreateServiceSpecificCredential: { harmless: false },
  ResetServiceSpecificCredential: { harmless: false },
  UpdateServiceSpecificCredential: { harmless: false },
  DeleteServiceSpecificCredential: { harmless: false },
} as const;

const service = 'bedrock.amazonaws.com';

/** IAM answers from one region, whatever the region of the models. */
const region = 'us-east-1';

/**
 * The codes by which AWS asks to wait, with a status of 400 or 409. A limit is one of them: a second key is ordered only where the list
 * shows one, so the list lags behind.
 */
const busyCodes =
  /<Code>(?:Throttling|ThrottlingException|RequestLimitExceeded|ConcurrentModification|LimitExceeded)<\/Code>/;

/**
 * AWS Bedrock: the long-term API keys of an IAM user, which may have two. The new key takes the place that is not in use; what is
 * there is made anew. The admin key is an access key of IAM as `ID:SECRET`; calls are signed with it (Signature Version 4).
 * `models_0` of @aws-sdk/client-iam 3.1169.0; https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html
 */
export const connectBedrockApiKeys: CreateConnector = (context) => {
  const UserName = context.parameters.user ?? '';
  const act = (action: keyof typeof actions, values: Readonly<Record<string, string>>, goneIsFine = false) =>
    callIam(context, action, { form: { UserName, ...values }, goneIsFine });

  async function places(): Promise<readonly Place[]> {
    const xml = (await act('ListServiceSpecificCredentials', { ServiceName: service })) ?? '';
    if (!/<ListServiceSpecificCredentialsResult[ />]/.test(xml))
      throw new TollkeeperError('provider_busy', 'AWS answered with a list that can’t be read.');
    return [...xml.matchAll(/<member>([\s\S]*?)<\/member>/g)].flatMap(([, member = '']) => {
      const id = textIn(member, 'ServiceSpecificCredentialId');
      const alias = textIn(member, 'ServiceCredentialAlias') ?? textIn(member, 'ServiceUserName');
      const status = textIn(member, 'Status') === 'Active' ? 'Active' : 'Inactive';
      return id === null ? [] : [{ id, alias: alias ?? '', status }];
    });
  }

  async function setStatus({ id }: Pick<KeyHandle, 'id'>, Status: Place['status']): Promise<void> {
    await act('UpdateServiceSpecificCredential', { ServiceSpecificCredentialId: id, Status });
  }

  return {
    async identify(secret) {
      const alias = aliasOf(secret);
      if (!(await isTaken(context, secret))) return null;
      const place = (await places()).find((candidate) => candidate.alias === alias && alias !== '');
      if (place === undefined) return null;
      const state = place.status === 'Active' ? 'active' : 'disabled';
      return { id: place.id, name: null, createdAt: null, lastUsedAt: null, state };
    },
    async create({ old }) {
      if (old === null)
        throw new TollkeeperError('provider_refused', 'The key in use is none of this IAM user, so none was touched.');
      const other = (await places()).find(({ id }) => id !== old.id);
      if (other === undefined) return keyIn(await act('CreateServiceSpecificCredential', { ServiceName: service }));
      if (other.status === 'Inactive') await setStatus(other, 'Active');
      return keyIn(await act('ResetServiceSpecificCredential', { ServiceSpecificCredentialId: other.id }));
    },
    find: () => Promise.resolve([]),
    list: () => Promise.resolve([]),
    disable: (key) => setStatus(key, 'Inactive'),
    enable: (key) => setStatus(key, 'Active'),
    async revoke({ id }) {
      await act('DeleteServiceSpecificCredential', { ServiceSpecificCredentialId: id }, true);
    },
  };
};

/** A place keeps its alias when its key is made anew, so a key that ended must not be taken for the one that is there. */
async function isTaken({ provider, baseUrl, fetch, clock }: ConnectorContext, secret: string): Promise<boolean> {
  const { outcome, message } = await verifyKey({ provider, baseUrl, secret, fetch, clock });
  if (outcome === 'unreachable') throw new TollkeeperError('provider_busy', message);
  return outcome === 'accepted';
}

interface IamCall {
  readonly form: Readonly<Record<string, string>>;
  readonly goneIsFine: boolean;
}

/** The Query protocol of AWS: a form in, XML out. */
async function callIam(context: ConnectorContext, action: keyof typeof actions, { form, goneIsFine }: IamCall) {
  const { fetch, clock, provider, adminSecret } = context;
  const url = `${keyApiUrl(context)}/`;
  const body = new URLSearchParams({ Action: action, Version: '2010-05-08', ...form }).toString();
  const [accessKeyId = '', secretAccessKey = ''] = (await adminSecret()).split(':');
  if (secretAccessKey === '')
    throw new TollkeeperError('provider_refused', 'The admin key is no access key of the form ID:SECRET.');
  const signed = await new AwsV4Signer({
    ...{ method: 'POST', url, body, headers: { 'content-type': formType }, accessKeyId, secretAccessKey },
    ...{ service: 'iam', region, datetime: new Date(clock.now()).toISOString().replace(/[:-]|\.\d{3}/g, '') },
  }).sign();
  const call: ProviderCall = {
    ...{ fetch, clock, name: provider.name, method: 'POST', url, form: body, goneIsFine },
    ...{ headers: Object.fromEntries(signed.headers), harmless: actions[action].harmless },
    isBusy: (_status, text) => busyCodes.test(text),
  };
  return callForText(call);
}

function keyIn(xml: string | undefined) {
  const id = xml === undefined ? null : textIn(xml, 'ServiceSpecificCredentialId');
  const secret = xml === undefined ? null : textIn(xml, 'ServiceCredentialSecret');
  if (id !== null && secret !== null) return { id, secret };
  throw new TollkeeperError('provider_outcome_unknown', 'AWS answered without a key.');
}

/** The text of the first element of this name; null when there is none. */
function textIn(xml: string, name: string): string | null {
  const text = new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1];
  return text === undefined
    ? null
    : text.replace(/&(amp|lt|gt|quot|apos);/g, (_, entity: string) => entities[entity] ?? '');
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** A key is `ABSK` and the Base64 of `ALIAS:SECRET`. */
function aliasOf(secret: string): string {
  if (!secret.startsWith('ABSK')) return '';
  const text = Buffer.from(secret.slice(4), 'base64').toString('utf8');
  return text.slice(0, Math.max(0, text.indexOf(':')));
}
