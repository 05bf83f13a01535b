import { Autocomplete, Select, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useKeyName } from '#renderer/api/use-key-name.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { FormFoot } from '#renderer/components/form-foot.tsx';
import { notifyDone } from '#renderer/components/notify.ts';
import { notifyUndo } from '#renderer/components/notify-undo.tsx';
import { Segmented } from '#renderer/components/segmented.tsx';
import type { LimitStatus } from '#shared/model/limit.ts';
import { fieldsOf, type LimitFields, type LimitProblems, readLimitFields } from './limit-draft.ts';
import { describeDraft, draftOf } from './limit-words.ts';
import classes from './limits.module.css';

const subjects = [
  { value: 'everything', label: 'Everything' },
  { value: 'tool', label: 'A tool' },
  { value: 'credential', label: 'A key' },
] as const;

const kinds: readonly { readonly value: LimitFields['what']; readonly label: string; readonly example: string }[] = [
  { value: 'budget', label: 'Money', example: '10' },
  { value: 'requests-per-minute', label: 'Requests a minute', example: '60' },
  { value: 'tokens-per-minute', label: 'Tokens a minute', example: '200,000' },
  { value: 'concurrent-streams', label: 'Streams at once', example: '8' },
];

const periods = [
  { value: 'request', label: 'Each request' },
  { value: 'day', label: 'Day' },
  { value: 'month', label: 'Month' },
  { value: 'once', label: 'Once' },
] as const;

interface FieldsProps {
  readonly fields: LimitFields;
  readonly problems: LimitProblems;
  /** True when only the amount and the warnings can change, since the rest is what tells one limit from another. */
  readonly isEdit: boolean;
  onChange(change: Partial<LimitFields>): void;
}

function SubjectFields({ fields, problems, onChange }: FieldsProps): ReactNode {
  const tools = useOperation('usage.facets', {}).data?.tools ?? [];
  const grants = useOperation('grant.list', {}).data ?? [];
  const credentials = useOperation('credential.list', {}).data ?? [];
  const keyName = useKeyName();
  return (
    <>
      <Segmented label="Whose calls" value={fields.who} options={subjects} onChange={(who) => onChange({ who })} />
      {fields.who === 'tool' ? (
        <Autocomplete
          label="Tool"
          description="Exactly as it calls itself when it asks."
          placeholder="codex"
          data={[...new Set([...tools, ...grants.map(({ tool }) => tool)])]}
          value={fields.tool}
          error={problems.tool}
          onChange={(tool) => onChange({ tool })}
          openOnFocus={false}
          data-autofocus
        />
      ) : null}
      {fields.who === 'credential' ? (
        <Select
          label="Key"
          placeholder="Choose one"
          data={credentials.map(({ id }) => ({ value: id, label: keyName(id) }))}
          value={fields.credentialId}
          error={problems.credentialId}
          onChange={(credentialId) => onChange({ credentialId })}
          searchable
        />
      ) : null}
    </>
  );
}

function RuleFields({ fields, problems, isEdit, onChange }: FieldsProps): ReactNode {
  const isBudget = fields.what === 'budget';
  const example = kinds.find(({ value }) => value === fields.what)?.example ?? '';
  return (
    <>
      <div className={classes.pair}>
        {isEdit ? null : (
          <Select
            label="What"
            data={kinds.map(({ value, label }) => ({ value, label }))}
            value={fields.what}
            allowDeselect={false}
            onChange={(what) => onChange({ what: (what ?? 'budget') as LimitFields['what'], amount: '' })}
          />
        )}
        <TextInput
          label={isBudget ? 'Dollars' : 'At most'}
          placeholder={example}
          value={fields.amount}
          error={problems.amount}
          inputMode="decimal"
          onChange={(event) => onChange({ amount: event.currentTarget.value })}
          data-autofocus={isEdit || fields.who !== 'tool' ? true : undefined}
        />
      </div>
      {isBudget && !isEdit ? (
        <Segmented label="For" value={fields.period} options={periods} onChange={(period) => onChange({ period })} />
      ) : null}
      {isBudget && fields.period !== 'request' ? (
        <TextInput
          label="Tell me at"
          description="Percents of it, separated by commas. Empty tells you nothing before it is spent."
          placeholder="never"
          value={fields.warnAt}
          error={problems.warnAt}
          onChange={(event) => onChange({ warnAt: event.currentTarget.value })}
        />
      ) : null}
    </>
  );
}

interface LimitFormProps {
  /** What to begin with. */
  readonly initial: LimitFields;
  /** The limit that is being changed; null for a new one. */
  readonly limit: LimitStatus | null;
  onDone(): void;
}

/** Makes or changes a limit; says in a sentence what it will do before it is set. */
export function LimitForm({ initial, limit, onDone }: LimitFormProps): ReactNode {
  const keyName = useKeyName();
  const set = useAct('limit.set', { showsErrors: true });
  const takeBack = useAct('limit.set');
  const [fields, setFields] = useState(limit === null ? initial : fieldsOf(limit));
  const [isTried, setTried] = useState(false);
  const { draft, problems } = readLimitFields(fields);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (draft === null || (await set.run(draft)) === undefined) return;
    if (limit === null) notifyDone('The limit holds from now on');
    else notifyUndo('The limit was changed', () => void takeBack.run(draftOf(limit)));
    onDone();
  };
  const parts = {
    fields,
    problems: isTried ? problems : {},
    isEdit: limit !== null,
    onChange: (change: Partial<LimitFields>) => setFields({ ...fields, ...change }),
  };
  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)} noValidate>
      {limit === null ? <SubjectFields {...parts} /> : null}
      <RuleFields {...parts} />
      <p className={classes.sentence} aria-live="polite">
        {draft === null ? 'Write how much; this line then says what the limit will do.' : describeDraft(draft, keyName)}
      </p>
      <FormFoot
        verb={limit === null ? 'Set the limit' : 'Save'}
        isRunning={set.isRunning}
        problem={set.error?.message ?? null}
        onCancel={onDone}
      />
    </form>
  );
}
