import { Button, Checkbox, Collapse, PasswordInput, Select, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { shell } from '#renderer/api/client.ts';
import { FormFoot } from '#renderer/components/form-foot.tsx';
import type { Credential } from '#shared/model/credential.ts';
import classes from './keys.module.css';
import { type NewKeyState, namedByUser, useNewKey } from './use-new-key.ts';

interface FieldsProps {
  readonly state: NewKeyState;
}

function ProviderField({ state, autoFocus }: FieldsProps & { readonly autoFocus: boolean }): ReactNode {
  const { providers, fields, change } = state;
  const options = [
    ...providers.filter(({ custom }) => !custom).map(({ id, name }) => ({ value: id, label: name })),
    { value: namedByUser, label: 'Another server that speaks OpenAI’s protocol' },
  ];
  return (
    <>
      <Select
        label="Provider"
        placeholder="Choose one"
        data={options}
        value={fields.provider}
        onChange={(provider) => change({ provider })}
        searchable
        data-autofocus={autoFocus ? true : undefined}
        maxDropdownHeight={240}
      />
      {fields.provider === namedByUser ? (
        <TextInput
          label="Name"
          description="Tools reach it under this name: lower-case letters, digits and hyphens."
          placeholder="my-server"
          value={fields.customName}
          onChange={(event) => change({ customName: event.currentTarget.value })}
          required
        />
      ) : null}
    </>
  );
}

function ConsoleLink({ url }: { readonly url: string }): ReactNode {
  return (
    <a
      href={url}
      onClick={(event) => {
        event.preventDefault();
        shell('external.open', { url }).catch(() => undefined);
      }}
    >
      {new URL(url).hostname}
    </a>
  );
}

function SecretField({ state, autoFocus }: FieldsProps & { readonly autoFocus: boolean }): ReactNode {
  const { known, needsKey, fields, change } = state;
  return (
    <PasswordInput
      label={needsKey ? 'Key' : 'Key, if the server wants one'}
      description={
        known === undefined ? undefined : (
          <>
            Make one at <ConsoleLink url={known.consoleUrl} />. It goes into the keychain and is never shown again.
          </>
        )
      }
      placeholder={known?.keyExample == null ? '' : `${known.keyExample.slice(0, 8)}…`}
      value={fields.secret}
      onChange={(event) => change({ secret: event.currentTarget.value })}
      autoComplete="off"
      classNames={{ innerInput: classes.secret ?? '' }}
      data-autofocus={autoFocus ? true : undefined}
    />
  );
}

function UrlField({ state }: FieldsProps): ReactNode {
  return (
    <TextInput
      label="Base URL"
      description="What the provider’s own SDK takes. https, or http on this machine."
      placeholder={state.known?.baseUrl ?? 'https://models.example.com/v1'}
      value={state.fields.baseUrl}
      onChange={(event) => state.change({ baseUrl: event.currentTarget.value })}
      required={state.needsUrl}
    />
  );
}

function MoreFields({ state }: FieldsProps): ReactNode {
  const [isShown, setShown] = useState(false);
  const { fields, needsUrl, change } = state;
  return (
    <div>
      <Button
        variant="subtle"
        size="compact-sm"
        ml={-8}
        aria-expanded={isShown}
        onClick={() => setShown((shown) => !shown)}
      >
        {isShown ? 'Less' : 'More'}
      </Button>
      <Collapse expanded={isShown}>
        <div className={classes.more}>
          <TextInput
            label="Label"
            placeholder="Work, private, …"
            value={fields.label}
            onChange={(event) => change({ label: event.currentTarget.value })}
            maxLength={80}
          />
          {needsUrl ? null : <UrlField state={state} />}
          <Checkbox
            label="Try the key before storing it"
            checked={fields.verify}
            onChange={(event) => change({ verify: event.currentTarget.checked })}
          />
        </div>
      </Collapse>
    </div>
  );
}

interface AddKeyFormProps {
  /** Provider to begin with; empty for none. */
  readonly provider: string;
  onAdded(credential: Credential): void;
  onCancel(): void;
}

/** Takes a key once: it is tried, stored and forgotten by this window. */
export function AddKeyForm({ provider, onAdded, onCancel }: AddKeyFormProps): ReactNode {
  const state = useNewKey(provider);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const stored = await state.store();
    if (stored !== undefined) onAdded(stored);
  };
  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)}>
      <ProviderField state={state} autoFocus={provider === ''} />
      <SecretField state={state} autoFocus={provider !== ''} />
      {state.needsUrl ? <UrlField state={state} /> : null}
      <MoreFields state={state} />
      <FormFoot
        verb="Add key"
        isRunning={state.isRunning}
        isComplete={state.isComplete}
        problem={state.error?.message ?? null}
        onCancel={onCancel}
      />
    </form>
  );
}
