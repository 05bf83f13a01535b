import { Autocomplete, Button, Modal, Select, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { useProviders } from '#renderer/api/use-providers.ts';
import { FormFoot } from '#renderer/components/form-foot.tsx';
import { notifyDone } from '#renderer/components/notify.ts';
import { notifyUndo } from '#renderer/components/notify-undo.tsx';
import { type OwnPrice, priceUnits } from '#shared/model/price.ts';
import { describeRates, emptyPriceFields, type PriceFields, readPriceFields, typedKinds } from './price-values.ts';
import classes from './settings.module.css';

function PriceForm({ onDone }: { onDone(): void }): ReactNode {
  const providers = useProviders();
  const credentials = useOperation('credential.list', {}).data ?? [];
  const facets = useOperation('usage.facets', {}).data;
  const set = useAct('price.set', { showsErrors: true });
  const [fields, setFields] = useState<PriceFields>(emptyPriceFields);
  const [isTried, setTried] = useState(false);
  const reading = readPriceFields(fields);
  const problem = isTried && 'problem' in reading ? reading.problem : (set.error?.message ?? null);
  const models = credentials
    .filter(({ provider }) => provider === fields.provider)
    .flatMap(({ verification }) => verification?.models ?? []);
  const own = credentials.map(({ provider }) => provider).filter((id) => providers.every((each) => each.id !== id));
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (!('price' in reading) || (await set.run(reading.price)) === undefined) return;
    notifyDone(`Calls to ${reading.price.model} are priced so from now on`);
    onDone();
  };
  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)} noValidate>
      <Select
        label="Provider"
        placeholder="Choose one"
        data={[
          ...providers.map(({ id, name }) => ({ value: id, label: name })),
          ...[...new Set(own)].map((id) => ({ value: id, label: id })),
        ]}
        value={fields.provider}
        onChange={(provider) => setFields({ ...fields, provider })}
        searchable
        openOnFocus={false}
        data-autofocus
      />
      <Autocomplete
        label="Model"
        description="As tools ask for it; end with * for all that begin so."
        placeholder="gpt-5-mini"
        data={[...new Set([...models, ...(facets?.models ?? [])])]}
        value={fields.model}
        onChange={(model) => setFields({ ...fields, model })}
        limit={50}
        openOnFocus={false}
      />
      <fieldset className={classes.rates}>
        <legend>Dollars for a million tokens</legend>
        {typedKinds.map((kind) => (
          <TextInput
            key={kind}
            label={priceUnits[kind].title}
            placeholder={kind === 'input' || kind === 'output' ? '1.25' : 'as input'}
            inputMode="decimal"
            value={fields.rates[kind]}
            onChange={(event) =>
              setFields({ ...fields, rates: { ...fields.rates, [kind]: event.currentTarget.value } })
            }
          />
        ))}
      </fieldset>
      <FormFoot verb="Set the price" isRunning={set.isRunning} problem={problem} onCancel={onDone} />
    </form>
  );
}

function OwnPriceRow({ price }: { readonly price: OwnPrice }): ReactNode {
  const providerName = useProviderName();
  const unset = useAct('price.unset');
  const set = useAct('price.set');
  const { provider, model } = price;
  const remove = async (): Promise<void> => {
    if ((await unset.run({ provider, model })) !== undefined)
      notifyUndo(`Your price of ${model} was removed`, () => void set.run(price));
  };
  return (
    <li className={classes.price}>
      <span>
        {providerName(provider)} <code>{model}</code>
        <span className={classes.help}> {describeRates(price.rates)}</span>
      </span>
      <Button
        size="compact-sm"
        variant="default"
        aria-label={`Remove your price of ${model}`}
        loading={unset.isRunning}
        onClick={() => void remove()}
      >
        Remove
      </Button>
    </li>
  );
}

/** Prices of the user's own, which go before the list's. */
export function OwnPrices({ own }: { readonly own: readonly OwnPrice[] }): ReactNode {
  const [isAdding, setAdding] = useState(false);
  return (
    <div className={classes.block}>
      <div className={classes.blockHead}>
        <div>
          <h3>Your own prices</h3>
          <p className={classes.help}>For models the list does not know, or that cost you something else.</p>
        </div>
        <Button size="compact-sm" variant="default" onClick={() => setAdding(true)}>
          Set a price
        </Button>
      </div>
      {own.length === 0 ? null : (
        <ul aria-label="Your own prices">
          {own.map((price) => (
            <OwnPriceRow key={`${price.provider}/${price.model}`} price={price} />
          ))}
        </ul>
      )}
      <Modal
        opened={isAdding}
        onClose={() => setAdding(false)}
        title="Set a price"
        size={480}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <PriceForm onDone={() => setAdding(false)} />
      </Modal>
    </div>
  );
}
