import type { rotationOperations } from '#shared/contract/rotation-operations.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Rotation } from '#shared/model/rotation.ts';
import { providers } from '#shared/provider/index.ts';
import type { Caller } from '../control.ts';
import type { RotationDesk } from '../rotation/rotation-desk.ts';
import type { HandlerContext, Handlers } from './handler.ts';

/** Rotations and the keys they are done with. What goes on by itself is told by the change feed. */
export function createRotationHandlers(context: HandlerContext): Handlers<keyof typeof rotationOperations> {
  const desk = (): RotationDesk => context.core().rotations;
  return {
    'rotation.list': () => [...desk().list()],
    'rotation.history': (query) =>
      desk()
        .history(query)
        .map((rotation) => ({ ...rotation, steps: [...rotation.steps] })),
    'rotation.start': ({ credentialId, guided }, { actor }) => desk().start(credentialId, actor, guided),
    'rotation.provide': ({ id, secret }, { actor }) => desk().provide(id, secret, actor),
    'rotation.wait': ({ id }, caller) => untilAtRest(context, id, caller),
    'rotation.connect': ({ credentialId, adminKeyId, parameters }, { actor }) =>
      desk().connect(
        credentialId,
        {
          ...(adminKeyId === undefined ? {} : { adminKeyId }),
          ...(parameters === undefined ? {} : { parameters }),
        },
        actor,
      ),
    'rotation.schedule': ({ credentialId, schedule }, { actor }) => desk().schedule(credentialId, schedule, actor),
    'rotation.preview': ({ credentialId, schedule }) => ({ times: [...desk().preview(credentialId, schedule)] }),
    'rotation.calendar': ({ until }) => [...desk().calendar(Date.parse(until))],
    'rotation.pause': ({ credentialId, paused }, { actor }) => desk().pause(credentialId, paused, actor),
    'rotation.rollBack': ({ id }, { actor }) => desk().rollBack(id, actor),
    'rotation.continue': ({ id, force }, { actor }) => desk().proceed(id, force === true, actor),
    'rotation.orphans': async () => {
      const { orphans, unreachable } = await desk().orphans();
      return { orphans: [...orphans], unreachable: [...unreachable] };
    },
    'rotation.removeOrphan': async ({ credentialId, keyId }, { actor }) => {
      await desk().removeOrphan(credentialId, keyId, actor);
      return {};
    },
    'adminKey.list': () => [...desk().adminKeys.list()],
    'adminKey.add': ({ provider, secret, label }, { actor }) => {
      const definition = Object.hasOwn(providers, provider) ? providers[provider as keyof typeof providers] : undefined;
      if (definition === undefined) throw new TollkeeperError('unknown_provider');
      return desk().adminKeys.add({ provider, secret, label: label || `${definition.name} admin key` }, actor);
    },
    'adminKey.remove': ({ id }, { actor }) => {
      desk().adminKeys.remove(id, actor);
      return {};
    },
  };
}

/** Looks again after every change. Rejects with `conflict` when the caller goes away, who hears of it no more. */
function untilAtRest({ core, changes }: HandlerContext, id: string, caller: Caller): Promise<Rotation> {
  return new Promise((resolve, reject) => {
    const look = (): boolean => {
      const rotation = core().rotations.find(id);
      const isAtRest =
        rotation.endedAt !== null || rotation.state === 'stopped' || rotation.oldKey.state === 'disabled';
      if (isAtRest) resolve(rotation);
      return isAtRest;
    };
    if (look()) return;
    const end = changes.subscribe((topics) => {
      try {
        if (topics.includes('rotations') && look()) end();
      } catch (error) {
        end();
        reject(error);
      }
    });
    caller.onDisconnect(() => {
      end();
      reject(new TollkeeperError('conflict'));
    });
  });
}
