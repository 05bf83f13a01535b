import { providers } from '#shared/provider/index.ts';
import { runDoctor } from '../doctor/run-doctor.ts';
import { rememberPort } from '../home/remembered-port.ts';
import type { HandlerContext, Handlers } from './handler.ts';
import { listProviders } from './list-providers.ts';

type ProgramOperation = 'status.read' | 'provider.list' | 'settings.read' | 'settings.update' | 'doctor.run';

/** The program itself: its state, its settings, its health. */
export function createProgramHandlers(context: HandlerContext): Handlers<ProgramOperation> {
  const { clock, paths } = context.options;
  return {
    'status.read': () => context.status.read(),
    'provider.list': () =>
      listProviders(providers, context.status.isReady() ? context.core().registry.credentials.list() : []),
    'settings.read': () => context.core().registry.settings.read(),
    'settings.update': (changes, caller) => {
      const { registry } = context.core();
      const settings = registry.transaction(() => {
        const updated = registry.settings.update(changes);
        registry.audit.append(
          { event: 'setting-changed', actor: caller.actor, subject: Object.keys(changes).join(' '), detail: changes },
          clock.now(),
        );
        return updated;
      });
      if (changes.port !== undefined) rememberPort(paths, settings.port);
      context.settingsChanged(settings);
      context.changes.changed('settings');
      return settings;
    },
    'doctor.run': () =>
      runDoctor({
        options: context.options,
        status: context.status,
        gatewayUrl: context.gatewayUrl(),
        leftOutRefusals: context.intake.leftOutRefusals,
        core: context.status.isReady() ? context.core() : null,
      }),
  };
}
