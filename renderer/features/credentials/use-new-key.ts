import { useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { type ProviderSummary, useProviders } from '#renderer/api/use-providers.ts';
import type { Credential } from '#shared/model/credential.ts';
import type { TollkeeperError } from '#shared/model/error.ts';

/** The choice that stands for a server the user names. */
export const namedByUser = 'custom';

/** What was typed into the form so far. */
export interface NewKey {
  /** Provider id, {@link namedByUser}, or null while none is chosen. */
  readonly provider: string | null;
  readonly customName: string;
  readonly secret: string;
  readonly label: string;
  readonly baseUrl: string;
  readonly verify: boolean;
}

/** The form's state, what it still needs, and the way to store the key. */
export interface NewKeyState {
  readonly fields: NewKey;
  readonly providers: readonly ProviderSummary[];
  /** The chosen provider when it is a built-in one. */
  readonly known: ProviderSummary | undefined;
  readonly needsKey: boolean;
  readonly needsUrl: boolean;
  readonly isComplete: boolean;
  readonly isRunning: boolean;
  readonly error: TollkeeperError | null;
  change(changes: Partial<NewKey>): void;
  /** Resolves with the stored credential, or undefined when it was refused; the key itself is forgotten on success. */
  store(): Promise<Credential | undefined>;
}

/** Keeps what is typed about a new key and stores it. `provider` is the one to begin with; empty for none. */
export function useNewKey(provider: string): NewKeyState {
  const providers = useProviders();
  const add = useAct('credential.add', { showsErrors: true });
  const [fields, setFields] = useState<NewKey>({
    provider: provider === '' ? null : provider,
    customName: '',
    secret: '',
    label: '',
    baseUrl: '',
    verify: true,
  });
  const isNamed = fields.provider === namedByUser;
  const known = providers.find(({ id }) => id === fields.provider);
  const needsUrl = isNamed || (known !== undefined && known.baseUrl === null);
  const needsKey = known?.local !== true;
  const id = isNamed ? fields.customName.trim() : (fields.provider ?? '');
  const [secret, label, baseUrl] = [fields.secret.trim(), fields.label.trim(), fields.baseUrl.trim()];
  const isComplete = id !== '' && (!needsKey || secret !== '') && (!needsUrl || baseUrl !== '');
  const change = (changes: Partial<NewKey>): void => setFields((before) => ({ ...before, ...changes }));
  return {
    fields,
    providers,
    known,
    needsKey,
    needsUrl,
    isComplete,
    isRunning: add.isRunning,
    error: add.error,
    change,
    store: async () => {
      if (!isComplete) return undefined;
      const stored = await add.run({
        provider: id,
        secret,
        verify: fields.verify,
        ...(label === '' ? {} : { label }),
        ...(baseUrl === '' ? {} : { baseUrl }),
      });
      if (stored !== undefined) change({ secret: '' });
      return stored;
    },
  };
}
