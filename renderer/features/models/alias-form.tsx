import { Button, Checkbox, Collapse, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { FormFoot } from '#renderer/components/form-foot.tsx';
import { notifyDone } from '#renderer/components/notify.ts';
import { notifyUndo } from '#renderer/components/notify-undo.tsx';
import type { Alias, FallbackReason } from '#shared/model/alias.ts';
import {
  type AliasFields,
  draftOf,
  emptyAliasFields,
  fieldsOf,
  readAliasFields,
  type TimeoutFields,
} from './alias-draft.ts';
import classes from './models.module.css';
import { TargetList } from './target-list.tsx';

const reasons: readonly { readonly value: FallbackReason; readonly label: string }[] = [
  { value: '429', label: 'its limit is reached (429)' },
  { value: '5xx', label: 'the provider fails (5xx)' },
  { value: 'connection', label: 'it can\u2019t be reached' },
  { value: 'timeout', label: 'it takes too long' },
];

const timeouts: readonly { readonly name: keyof TimeoutFields; readonly label: string }[] = [
  { name: 'connectMs', label: 'Connect' },
  { name: 'firstByteMs', label: 'First byte' },
  { name: 'idleMs', label: 'Silence' },
];

interface PartProps {
  readonly fields: AliasFields;
  readonly problem: string | undefined;
  onChange(change: Partial<AliasFields>): void;
}

function FallbackFields({ fields, problem, onChange }: PartProps): ReactNode {
  const toggle = (reason: FallbackReason): void =>
    onChange({
      fallbackOn: fields.fallbackOn.includes(reason)
        ? fields.fallbackOn.filter((each) => each !== reason)
        : [...fields.fallbackOn, reason],
    });
  return (
    <div className={classes.more}>
      <fieldset className={classes.reasons}>
        <legend className={classes.label}>The next one is tried when</legend>
        {reasons.map(({ value, label }) => (
          <Checkbox
            key={value}
            size="xs"
            label={label}
            checked={fields.fallbackOn.includes(value)}
            onChange={() => toggle(value)}
          />
        ))}
      </fieldset>
      <fieldset className={classes.reasons}>
        <legend className={classes.label}>Seconds to wait for each</legend>
        <div className={classes.timeouts}>
          {timeouts.map(({ name, label }) => (
            <TextInput
              key={name}
              label={label}
              placeholder="usual"
              value={fields.timeouts[name]}
              inputMode="decimal"
              onChange={(event) => onChange({ timeouts: { ...fields.timeouts, [name]: event.currentTarget.value } })}
            />
          ))}
        </div>
        {problem === undefined ? null : (
          <p className={classes.problem} role="alert">
            {problem}
          </p>
        )}
      </fieldset>
      <p className={classes.quiet}>Only before the first byte of an answer: what has begun is never started again.</p>
    </div>
  );
}

interface AliasFormProps {
  /** The alias that is being changed; null for a new one. */
  readonly alias: Alias | null;
  onDone(): void;
}

/** Makes or changes an alias. */
export function AliasForm({ alias, onDone }: AliasFormProps): ReactNode {
  const aliases = useOperation('alias.list', {}).data ?? [];
  const set = useAct('alias.set', { showsErrors: true });
  const takeBack = useAct('alias.set');
  const [fields, setFields] = useState(alias === null ? emptyAliasFields : fieldsOf(alias));
  const [isTried, setTried] = useState(false);
  const [showsMore, setShowsMore] = useState(false);
  const { draft, problems } = readAliasFields(
    fields,
    aliases.map(({ name }) => name).filter((name) => name !== alias?.name),
  );
  const shown = isTried ? problems : {};
  const change = (part: Partial<AliasFields>): void => setFields({ ...fields, ...part });
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (problems.timeouts !== undefined) setShowsMore(true);
    if (draft === null) return;
    const answer = await set.run(draft);
    if (answer === undefined) return;
    const doubt =
      answer.unlisted.length === 0 ? '' : ` ${answer.unlisted.join(' and ')} is not in the provider\u2019s own list.`;
    if (alias === null) notifyDone(`Tools can call \u201c${draft.name}\u201d now.${doubt}`);
    else notifyUndo(`\u201c${draft.name}\u201d was changed.${doubt}`, () => void takeBack.run(draftOf(alias)));
    onDone();
  };
  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)} noValidate>
      {alias === null ? (
        <TextInput
          label="Name"
          description="What a tool writes instead of a model."
          placeholder="fast"
          value={fields.name}
          error={shown.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          data-autofocus
        />
      ) : null}
      <TargetList targets={fields.targets} problem={shown.targets} onChange={(targets) => change({ targets })} />
      <div>
        <Button
          variant="subtle"
          size="compact-sm"
          ml={-8}
          aria-expanded={showsMore}
          onClick={() => setShowsMore((isShown) => !isShown)}
        >
          {showsMore ? 'Less' : 'When to fall back, and how long to wait'}
        </Button>
        <Collapse expanded={showsMore}>
          <FallbackFields fields={fields} problem={shown.timeouts} onChange={change} />
        </Collapse>
      </div>
      <FormFoot
        verb={alias === null ? 'Add alias' : 'Save'}
        isRunning={set.isRunning}
        problem={set.error?.message ?? null}
        onCancel={onDone}
      />
    </form>
  );
}
