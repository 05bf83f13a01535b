import { PasswordInput, Select, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { FormFoot } from '#renderer/components/form-foot.tsx';
import { notifyDone } from '#renderer/components/notify.ts';
import type { RotationOverview, RotationSupport } from '#shared/model/rotation.ts';
import { rotationNotes } from '#shared/policy/rotation-notes.ts';
import { ConsoleLink } from './console-link.tsx';
import classes from './rotation.module.css';

const another = 'another';
const none: readonly never[] = [];

interface ConnectFormProps {
  readonly overview: RotationOverview;
  readonly support: RotationSupport;
  onDone(): void;
}

/** The fields' state and the way to store them. */
function useConnection({ overview, support, onDone }: ConnectFormProps) {
  const { credentialId, provider, setup } = overview;
  const known = useOperation('adminKey.list', {}).data ?? none;
  const own = known.filter((key) => key.provider === provider);
  const [chosen, setChosen] = useState<string | null>(null);
  const [secret, setSecret] = useState('');
  const [parameters, setParameters] = useState<Readonly<Record<string, string>>>(setup.parameters);
  const add = useAct('adminKey.add', { showsErrors: true });
  const connect = useAct('rotation.connect', { showsErrors: true });
  const adminKeyId = chosen ?? setup.adminKeyId ?? own[0]?.id ?? another;
  const isNew = support.adminKey !== null && (adminKeyId === another || own.length === 0);
  const isComplete =
    (!isNew || secret.trim() !== '') && support.parameters.every(({ name }) => (parameters[name] ?? '').trim() !== '');
  const store = async (): Promise<void> => {
    const key = isNew ? await add.run({ provider, secret: secret.trim() }) : undefined;
    if (isNew && key === undefined) return;
    if (key !== undefined) {
      setSecret('');
      setChosen(key.id);
    }
    const admin = support.adminKey === null ? {} : { adminKeyId: key?.id ?? adminKeyId };
    if ((await connect.run({ credentialId, ...admin, parameters: { ...parameters } })) === undefined) return;
    notifyDone('The admin key is connected');
    onDone();
  };
  const error = add.error ?? connect.error;
  return {
    ...{ own, adminKeyId, isNew, secret, parameters, isComplete, setChosen, setSecret, setParameters, store },
    isRunning: add.isRunning || connect.isRunning,
    problem: error?.message ?? null,
  };
}

function AdminKeyFields({
  state,
  support,
}: {
  readonly state: ReturnType<typeof useConnection>;
  readonly support: RotationSupport;
}): ReactNode {
  const { own, adminKeyId, isNew, secret, setChosen, setSecret } = state;
  if (support.adminKey === null) return null;
  return (
    <>
      {own.length === 0 ? null : (
        <Select
          label="Admin key"
          data={[
            ...own.map(({ id, label, fingerprint }) => ({ value: id, label: `${label} ${fingerprint}` })),
            { value: another, label: 'Another one\u2026' },
          ]}
          value={adminKeyId}
          allowDeselect={false}
          onChange={setChosen}
        />
      )}
      {isNew ? (
        <PasswordInput
          label={own.length === 0 ? 'Admin key' : 'The other admin key'}
          description={
            <>
              Needed: {support.adminKey.name}, made at <ConsoleLink url={support.adminKey.consoleUrl} />. It goes into
              the keychain, never to the gateway, and is never shown again.
            </>
          }
          value={secret}
          autoComplete="off"
          classNames={{ innerInput: classes.mono ?? '' }}
          onChange={(event) => setSecret(event.currentTarget.value)}
          data-autofocus
        />
      ) : null}
    </>
  );
}

/** Says with which admin key a key is changed, and what that needs to know beside it. */
export function ConnectForm(props: ConnectFormProps): ReactNode {
  const { support, overview, onDone } = props;
  const state = useConnection(props);
  const name = useProviderName()(overview.provider);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void state.store();
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      <p>
        {overview.method === 'by-hand'
          ? `With this, the old key is ended through ${name}\u2019s API once you have made the new one.`
          : `With this, Tollkeeper makes new keys at ${name}, switches to them and ends the old ones by itself.`}{' '}
        {rotationNotes(support).join(' ')}
      </p>
      <AdminKeyFields state={state} support={support} />
      {support.parameters.map(({ name, description, example }) => (
        <TextInput
          key={name}
          label={name.charAt(0).toUpperCase() + name.slice(1)}
          description={`${description}.`}
          placeholder={example}
          value={state.parameters[name] ?? ''}
          classNames={{ input: classes.mono ?? '' }}
          onChange={(event) => state.setParameters({ ...state.parameters, [name]: event.currentTarget.value })}
        />
      ))}
      {overview.method === 'not-connected' ? (
        <p className={classes.quiet}>
          Without it you can{' '}
          <Link to="/rotation" search={{ dialog: 'guide', of: overview.credentialId }}>
            change the key by hand
          </Link>
          , and are led through that.
        </p>
      ) : null}
      <FormFoot
        verb="Connect"
        isRunning={state.isRunning}
        isComplete={state.isComplete}
        problem={state.problem}
        onCancel={onDone}
      />
    </form>
  );
}
