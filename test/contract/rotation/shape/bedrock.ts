import { connectBedrockApiKeys } from '#main/control/rotation/connector/bedrock-api-keys.ts';
import { bedrock } from '#shared/provider/bedrock.ts';
import type { KeyStore, ServedKey, ServiceAnswer, ServiceShape } from '../key-service.ts';

const accessKeyId = 'AKIACANARYADMIN01234';
const keyOf = (alias: string, secret: string): string => `ABSK${Buffer.from(`${alias}:${secret}`).toString('base64')}`;
const aliasOf = ({ secret }: ServedKey): string =>
  Buffer.from(secret.slice(4), 'base64').toString().split(':')[0] ?? '';

/** `models_0` of @aws-sdk/client-iam 3.1169.0; https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html */
export const bedrockShape: ServiceShape = {
  ...{ provider: bedrock, connect: connectBedrockApiKeys, parameters: { user: 'BedrockAPIKey-a1b2' } },
  adminSecret: `${accessKeyId}:CANARYadminCANARYadmin/CANARY+0123456789`,
  firstSecret: keyOf('BedrockAPIKey-a1b2-at-123456789012', 'CANARYfirstCANARYfirst0123456789'),
  admin: ({ authorization = '' }) =>
    authorization.startsWith(`AWS4-HMAC-SHA256 Credential=${accessKeyId}/`) &&
    authorization.includes('/us-east-1/iam/aws4_request'),
  secretOf: (number) =>
    keyOf(`BedrockAPIKey-a1b2+${number}-at-123456789012`, `CANARYmadeCANARYmade-${number}-0123456789`),
  kindOf({ path, body }) {
    if (path === '/v1/models') return 'use';
    const action = new URLSearchParams(body).get('Action') ?? '';
    if (/^(?:Create|Reset)/.test(action)) return 'create';
    if (action.startsWith('List')) return 'list';
    if (action.startsWith('Update')) return 'disable';
    return action.startsWith('Delete') ? 'revoke' : 'unknown';
  },
  answer({ body }, store) {
    const form = new URLSearchParams(body);
    const action = form.get('Action') ?? '';
    const id = form.get('ServiceSpecificCredentialId') ?? '';
    if (form.get('UserName') !== 'BedrockAPIKey-a1b2') return failure(404, 'NoSuchEntity');
    if (action.startsWith('List'))
      return result(
        action,
        `<ServiceSpecificCredentials>${store.listed().map(member).join('')}</ServiceSpecificCredentials>`,
      );
    if (action.startsWith('Create')) return create(store);
    const key = store.byId(id);
    if (key === undefined) return failure(404, 'NoSuchEntity');
    if (action.startsWith('Update')) key.disabled = form.get('Status') === 'Inactive';
    if (action.startsWith('Delete')) store.remove(id);
    if (!action.startsWith('Reset')) return result(action, '');
    key.secret = store.nextSecret();
    return result(action, credential(key));
  },
};

function create(store: KeyStore): ServiceAnswer {
  if (store.keys.length >= 2) return failure(409, 'LimitExceeded');
  return result('CreateServiceSpecificCredential', credential(store.make(null)));
}

function fields(key: ServedKey): string {
  const names = `<ServiceUserName>${aliasOf(key)}</ServiceUserName><ServiceCredentialAlias>${aliasOf(key)}</ServiceCredentialAlias>`;
  const status = `<Status>${key.disabled ? 'Inactive' : 'Active'}</Status><ServiceName>bedrock.amazonaws.com</ServiceName>`;
  return `<UserName>BedrockAPIKey-a1b2</UserName>${names}${status}<ServiceSpecificCredentialId>${key.id}</ServiceSpecificCredentialId>`;
}

const member = (key: ServedKey): string => `<member>${fields(key)}</member>`;

function credential(key: ServedKey): string {
  const secret = `<ServiceCredentialSecret>${key.secret}</ServiceCredentialSecret>`;
  return `<ServiceSpecificCredential>${fields(key)}${secret}</ServiceSpecificCredential>`;
}

function result(action: string, content: string): ServiceAnswer {
  const body = `<${action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><${action}Result>${content}</${action}Result></${action}Response>`;
  return { status: 200, document: body };
}

function failure(status: number, code: string): ServiceAnswer {
  return {
    status,
    document: `<ErrorResponse><Error><Code>${code}</Code><Message>No.</Message></Error></ErrorResponse>`,
  };
}
