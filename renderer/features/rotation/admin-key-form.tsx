import { PasswordInput, Select, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useProviders } from '#renderer/api/use-providers.ts';
import { FormFoot } from '#renderer/components/form-foot.tsx';
import { notifyDone } from '#renderer/components/notify.ts';
import { ConsoleLink } from './console-link.tsx';
import { rotationSupport } from './provider-rotation.ts';
import classes from './rotation.module.css';

interface AdminKeyFormProps {
  /** Provider to begin with; empty for none. */
  readonly provider: string;
  onDone(): void;
}

/** Takes an admin key once: it is stored and forgotten by this window. */
export function AdminKeyForm({ provider: first, onDone }: AdminKeyFormProps): ReactNode {
  const providers = useProviders().filter(({ id }) => (rotationSupport(id)?.adminKey ?? null) !== null);
  const [provider, setProvider] = useState(first === '' ? null : first);
  const [secret, setSecret] = useState('');
  const [label, setLabel] = useState('');
  const add = useAct('adminKey.add', { showsErrors: true });
  const kind = provider === null ? null : (rotationSupport(provider)?.adminKey ?? null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (provider === null) return;
    const named = label.trim() === '' ? {} : { label: label.trim() };
    if ((await add.run({ provider, secret: secret.trim(), ...named })) === undefined) return;
    setSecret('');
    notifyDone('The admin key is stored');
    onDone();
  };
  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)}>
      <Select
        label="Provider"
        placeholder="Choose one"
        data={providers.map(({ id, name }) => ({ value: id, label: name }))}
        value={provider}
        searchable
        openOnFocus={false}
        onChange={setProvider}
        data-autofocus={first === '' ? true : undefined}
      />
      <PasswordInput
        label="Admin key"
        description={
          kind === null ? (
            'It goes into the keychain, never to the gateway, and is never shown again.'
          ) : (
            <>
              Needed: {kind.name}, made at <ConsoleLink url={kind.consoleUrl} />. It goes into the keychain, never to
              the gateway, and is never shown again.
            </>
          )
        }
        value={secret}
        autoComplete="off"
        classNames={{ innerInput: classes.mono ?? '' }}
        onChange={(event) => setSecret(event.currentTarget.value)}
        data-autofocus={first === '' ? undefined : true}
      />
      <TextInput
        label="Label"
        placeholder="Optional"
        value={label}
        maxLength={80}
        onChange={(event) => setLabel(event.currentTarget.value)}
      />
      <FormFoot
        verb="Add admin key"
        isRunning={add.isRunning}
        isComplete={provider !== null && secret.trim() !== ''}
        problem={add.error?.message ?? null}
        onCancel={onDone}
      />
    </form>
  );
}
