import { Button, Checkbox, Collapse, PasswordInput, Select, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { shell } from '#renderer/api/client.ts';
import { useAct } from '#renderer/api/use-act.ts';
import { useProviders } from '#renderer/api/use-providers.ts';
import type { Credential } from '#shared/model/credential.ts';
import classes from './keys.module.css';

const customProvider = 'custom';

interface AddKeyFormProps {
  /** Provider to begin with; empty for none. */
  readonly provider: string;
  onAdded(credential: Credential): void;
  onCancel(): void;
}

/** Takes a key once: it is tried, stored and forgotten by this window. */
export function AddKeyForm({ provider, onAdded, onCancel }: AddKeyFormProps): ReactNode {
  const providers = useProviders();
  const add = useAct('credential.add', { showsErrors: true });
  const [chosen, setChosen] = useState<string | null>(provider === '' ? null : provider);
  const [customName, setCustomName] = useState('');
  const [secret, setSecret] = useState('');
  const [label, setLabel] = useState('');
  const [baseUrl, setBaseUrl] = useState('');
  const [verify, setVerify] = useState(true);
  const [showsMore, setShowsMore] = useState(false);
  const known = providers.find(({ id }) => id === chosen);
  const isCustom = chosen === customProvider;
  const needsUrl = isCustom || (known !== undefined && known.baseUrl === null);
  const needsKey = known?.local !== true;
  const id = isCustom ? customName.trim() : chosen;
  const isComplete =
    id !== null && id !== '' && (!needsKey || secret.trim() !== '') && (!needsUrl || baseUrl.trim() !== '');

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (id === null || !isComplete) return;
    const added = await add.run({
      provider: id,
      secret: secret.trim(),
      verify,
      ...(label.trim() === '' ? {} : { label: label.trim() }),
      ...(baseUrl.trim() === '' ? {} : { baseUrl: baseUrl.trim() }),
    });
    if (added === undefined) return;
    setSecret('');
    onAdded(added);
  };
  const options = [
    ...providers.filter(({ custom }) => !custom).map(({ id: value, name }) => ({ value, label: name })),
    { value: customProvider, label: 'Another server that speaks OpenAI\u2019s protocol' },
  ];
  const urlField = (
    <TextInput
      label="Base URL"
      description="What the provider’s own SDK takes. https, or http on this machine."
      placeholder={known?.baseUrl ?? 'https://models.example.com/v1'}
      value={baseUrl}
      onChange={(event) => setBaseUrl(event.currentTarget.value)}
      required={needsUrl}
    />
  );
  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)}>
      <Select
        label="Provider"
        placeholder="Choose one"
        data={options}
        value={chosen}
        onChange={setChosen}
        searchable
        data-autofocus={provider === '' ? true : undefined}
        maxDropdownHeight={240}
        comboboxProps={{ withinPortal: true }}
      />
      {isCustom ? (
        <TextInput
          label="Name"
          description="Tools reach it under this name: lower-case letters, digits and hyphens."
          placeholder="my-server"
          value={customName}
          onChange={(event) => setCustomName(event.currentTarget.value)}
          required
        />
      ) : null}
      <PasswordInput
        label={needsKey ? 'Key' : 'Key, if the server wants one'}
        description={
          known?.consoleUrl === undefined ? undefined : (
            <>
              Make one at{' '}
              <a
                href={known.consoleUrl}
                onClick={(event) => {
                  event.preventDefault();
                  shell('external.open', { url: known.consoleUrl }).catch(() => undefined);
                }}
              >
                {new URL(known.consoleUrl).hostname}
              </a>
              . It goes into the keychain and is never shown again.
            </>
          )
        }
        placeholder={known?.keyExample == null ? '' : `${known.keyExample.slice(0, 8)}\u2026`}
        value={secret}
        onChange={(event) => setSecret(event.currentTarget.value)}
        autoComplete="off"
        classNames={{ innerInput: classes.secret ?? '' }}
        data-autofocus={provider === '' ? undefined : true}
      />
      {needsUrl ? urlField : null}
      <div>
        <Button
          variant="subtle"
          size="compact-sm"
          ml={-8}
          aria-expanded={showsMore}
          onClick={() => setShowsMore((shown) => !shown)}
        >
          {showsMore ? 'Less' : 'More'}
        </Button>
        <Collapse expanded={showsMore}>
          <div className={classes.form} style={{ paddingTop: 12 }}>
            <TextInput
              label="Label"
              placeholder="Work, private, …"
              value={label}
              onChange={(event) => setLabel(event.currentTarget.value)}
              maxLength={80}
            />
            {needsUrl ? null : urlField}
            <Checkbox
              label="Try the key before storing it"
              checked={verify}
              onChange={(event) => setVerify(event.currentTarget.checked)}
            />
          </div>
        </Collapse>
      </div>
      {add.error === null ? null : (
        <p className={classes.failure} role="alert">
          {add.error.message}
        </p>
      )}
      <div className={classes.foot}>
        <Button variant="default" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" disabled={!isComplete} loading={add.isRunning}>
          Add key
        </Button>
      </div>
    </form>
  );
}
