import { noPresenceCheck, type PresenceAnswer, type PresenceCheck } from '#shared/model/presence.ts';
import { connectSessionBus, type SessionBus } from '../session-bus.ts';

/** The action that the Debian package installs; see build/linux/dev.tollkeeper.app.policy. */
export const polkitAction = 'dev.tollkeeper.app.confirm';

const authority = {
  destination: 'org.freedesktop.PolicyKit1',
  path: '/org/freedesktop/PolicyKit1/Authority',
  interface: 'org.freedesktop.PolicyKit1.Authority',
} as const;

/** `AllowUserInteraction` of polkit's CheckAuthorizationFlags. */
const allowUserInteraction = 1;
/** Longest wait for polkit to tell its actions, in milliseconds. A person may take longer. */
const busDeadlineMs = 2_000;

/** Opens the system bus. */
export type ConnectBus = (socket: string) => Promise<SessionBus>;

/** polkit's password dialogue, or whatever the system has set up for it; nothing where polkit or our action is missing. Never rejects. */
export async function createPolkitPresence(
  socket: string,
  connect: ConnectBus = connectSessionBus,
): Promise<PresenceCheck> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), busDeadlineMs).unref());
  const isOffered = await Promise.race([hasAction(socket, connect).catch(() => false), late]);
  if (!isOffered) return noPresenceCheck;
  return { kind: 'polkit', confirm: () => authorize(socket, connect).catch((): PresenceAnswer => 'unavailable') };
}

async function hasAction(socket: string, connect: ConnectBus): Promise<boolean> {
  return onBus(socket, connect, async (bus) => {
    const [actions] = await bus.call({ ...authority, member: 'EnumerateActions', signature: 's', body: [''] });
    return Array.isArray(actions) && actions.some((action) => Array.isArray(action) && action[0] === polkitAction);
  });
}

/** The subject is this connection, so no pid can be reused under the question. */
function authorize(socket: string, connect: ConnectBus): Promise<PresenceAnswer> {
  return onBus(socket, connect, async (bus) => {
    await bus.call({ ...authority, member: 'EnumerateActions', signature: 's', body: [''] });
    const subject = ['system-bus-name', [['name', ['s', bus.uniqueName ?? '']]]];
    const [result] = await bus.call({
      ...authority,
      member: 'CheckAuthorization',
      signature: '(sa{sv})sa{ss}us',
      body: [subject, polkitAction, [], allowUserInteraction, ''],
    });
    return readResult(result);
  });
}

/** Without a password asked for, `is_challenge` says that nobody was there to ask. polkit's reference, AuthorizationResult. */
function readResult(result: unknown): PresenceAnswer {
  if (!Array.isArray(result)) return 'unavailable';
  const [isAuthorized, isChallenge, details] = result as readonly unknown[];
  if (isAuthorized === true) return 'confirmed';
  const isDismissed =
    Array.isArray(details) && details.some((pair) => Array.isArray(pair) && pair[0] === 'polkit.dismissed');
  return isChallenge === true && !isDismissed ? 'unavailable' : 'refused';
}

async function onBus<T>(socket: string, connect: ConnectBus, work: (bus: SessionBus) => Promise<T>): Promise<T> {
  const bus = await connect(socket);
  try {
    return await work(bus);
  } finally {
    bus.close();
  }
}
