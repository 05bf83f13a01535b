import { Autocomplete, Select, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { FormFoot } from '#renderer/components/form-foot.tsx';
import { formatDuration } from '#renderer/components/format/time.ts';
import { notifyDone } from '#renderer/components/notify.ts';
import { describePolicy } from '#renderer/components/policy/describe-policy.ts';
import { Segmented } from '#renderer/components/segmented.tsx';
import { AbilityMatrix } from './ability-matrix.tsx';
import classes from './access.module.css';
import { emptyPolicyFields, type PolicyFields, type PolicyProblems, readPolicyFields } from './policy-draft.ts';

const lifetimes = [300, 900, 3_600, 14_400, 43_200] as const;
const effects = [
  { value: 'allow', label: 'Always allow' },
  { value: 'deny', label: 'Always deny' },
] as const;

interface FieldsProps {
  readonly fields: PolicyFields;
  readonly problems: PolicyProblems;
  onChange(change: Partial<PolicyFields>): void;
}

function TextField({
  name,
  label,
  hint,
  placeholder,
  fields,
  problems,
  onChange,
}: FieldsProps & {
  readonly name: 'models' | 'executable' | 'folder' | 'budget' | 'uses';
  readonly label: string;
  readonly hint?: string;
  readonly placeholder: string;
}): ReactNode {
  return (
    <TextInput
      label={label}
      description={hint}
      placeholder={placeholder}
      value={fields[name]}
      error={problems[name]}
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
    />
  );
}

function WhereFields(props: FieldsProps): ReactNode {
  return (
    <div className={classes.pair}>
      <TextField
        {...props}
        name="executable"
        label="Only this program"
        hint="Without it, any program that gives this name."
        placeholder="/usr/bin/aider"
      />
      <TextField
        {...props}
        name="folder"
        label="Only in this folder"
        hint="Without it, wherever the tool runs."
        placeholder="/home/me/src/site"
      />
    </div>
  );
}

function LimitFields(props: FieldsProps): ReactNode {
  return (
    <div className={classes.pair}>
      <Select
        label="How long each time"
        data={lifetimes.map((seconds) => ({ value: String(seconds), label: formatDuration(seconds) }))}
        value={String(props.fields.ttlSeconds)}
        allowDeselect={false}
        onChange={(value) => props.onChange({ ttlSeconds: Number(value) })}
      />
      <TextField {...props} name="budget" label="Money each time" placeholder="no limit" />
      <TextField {...props} name="uses" label="Calls each time" placeholder="no limit" />
    </div>
  );
}

interface PolicyFormProps {
  providerName(id: string): string;
  onDone(): void;
}

/** Makes a standing policy; says in one sentence what it will do before it is added. */
export function PolicyForm({ providerName, onDone }: PolicyFormProps): ReactNode {
  const facets = useOperation('usage.facets', {});
  const add = useAct('policy.add', { showsErrors: true });
  const [fields, setFields] = useState<PolicyFields>(emptyPolicyFields('allow'));
  const [isTried, setTried] = useState(false);
  const { draft, problems } = readPolicyFields(fields);
  const shownProblems = isTried ? problems : {};
  const change = (part: Partial<PolicyFields>): void => setFields({ ...fields, ...part });
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (draft === null) return;
    if ((await add.run(draft)) === undefined) return;
    notifyDone(`The policy for ${draft.tool} holds from now on`);
    onDone();
  };
  const parts = { fields, problems: shownProblems, onChange: change };
  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)} noValidate>
      <Segmented
        label="What the policy does"
        value={fields.effect}
        options={effects}
        onChange={(effect) => change({ effect })}
      />
      <Autocomplete
        label="Tool"
        description="Exactly as it calls itself when it asks."
        placeholder="aider"
        data={[...(facets.data?.tools ?? [])]}
        value={fields.tool}
        error={shownProblems.tool}
        onChange={(tool) => change({ tool })}
        data-autofocus
        openOnFocus={false}
      />
      <AbilityMatrix
        chosen={fields.abilities}
        problem={shownProblems.abilities}
        onChange={(abilities) => change({ abilities })}
      />
      <TextField {...parts} name="models" label="Only these models" placeholder="all, or a name such as gpt-5*" />
      <WhereFields {...parts} />
      {fields.effect === 'allow' ? <LimitFields {...parts} /> : null}
      <p className={classes.sentence} aria-live="polite">
        {draft === null
          ? 'Name a tool and choose what it is about; this line then says what the policy will do.'
          : describePolicy(draft, providerName)}
      </p>
      <FormFoot verb="Add policy" isRunning={add.isRunning} problem={add.error?.message ?? null} onCancel={onDone} />
    </form>
  );
}
