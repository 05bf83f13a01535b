import { Checkbox, Select, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useMemo, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useKeyName } from '#renderer/api/use-key-name.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { FormFoot } from '#renderer/components/form-foot.tsx';
import { useNow } from '#renderer/components/format/use-now.ts';
import { notifyUndo } from '#renderer/components/notify-undo.tsx';
import { Segmented } from '#renderer/components/segmented.tsx';
import type { RotationOverview, RotationSchedule } from '#shared/model/rotation.ts';
import classes from './rotation.module.css';
import { describePlan } from './rotation-words.ts';
import { readScheduleFields, type ScheduleFields, type ScheduleProblems, scheduleFields } from './schedule-draft.ts';

const kinds = [
  { value: 'every', label: 'After some days' },
  { value: 'cron', label: 'At set times' },
  { value: 'never', label: 'Never' },
] as const;

const hourName = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;
const beginnings = Array.from({ length: 24 }, (_, hour) => ({ value: String(hour), label: hourName(hour) }));
const ends = Array.from({ length: 24 }, (_, hour) => ({ value: String(hour + 1), label: hourName(hour + 1) }));

interface FieldsProps {
  readonly fields: ScheduleFields;
  readonly problems: ScheduleProblems;
  onChange(change: Partial<ScheduleFields>): void;
}

function WhenField({ fields, problems, onChange }: FieldsProps): ReactNode {
  if (fields.kind === 'every')
    return (
      <TextInput
        label="Days"
        description="Counted from when the present key was stored."
        value={fields.days}
        error={problems.days}
        inputMode="numeric"
        onChange={(event) => onChange({ days: event.currentTarget.value })}
        data-autofocus
      />
    );
  return (
    <TextInput
      label="Times"
      description="A cron expression: minute, hour, day, month, weekday."
      placeholder="0 4 1 * *"
      value={fields.expression}
      error={problems.expression}
      classNames={{ input: classes.mono ?? '' }}
      onChange={(event) => onChange({ expression: event.currentTarget.value })}
      data-autofocus
    />
  );
}

function MarginFields({ fields, problems, onChange }: FieldsProps): ReactNode {
  return (
    <>
      <Checkbox
        label="Begin only between certain hours"
        checked={fields.hasHours}
        onChange={(event) => onChange({ hasHours: event.currentTarget.checked })}
      />
      {fields.hasHours ? (
        <div className={classes.pair}>
          <Select
            label="From"
            data={beginnings}
            value={String(fields.from)}
            allowDeselect={false}
            onChange={(from) => onChange({ from: Number(from) })}
          />
          <Select
            label="To"
            data={ends}
            value={String(fields.to === 0 ? 24 : fields.to)}
            error={problems.to}
            allowDeselect={false}
            onChange={(to) => onChange({ to: Number(to) })}
          />
        </div>
      ) : null}
      <TextInput
        label="Minutes later, at most"
        description="Begins at a random moment in them, so that many keys do not change at once."
        value={fields.jitter}
        error={problems.jitter}
        inputMode="numeric"
        onChange={(event) => onChange({ jitter: event.currentTarget.value })}
      />
    </>
  );
}

interface SentenceProps {
  readonly overview: RotationOverview;
  /** Null for never. */
  readonly schedule: RotationSchedule | null;
}

function Sentence({ overview, schedule }: SentenceProps): ReactNode {
  const { credentialId, method } = overview;
  const keyName = useKeyName();
  const now = useNow(30_000);
  const wish = JSON.stringify(schedule);
  const input = useMemo(
    () => ({ credentialId, schedule: JSON.parse(wish) ?? { kind: 'every' as const, days: 30 } }),
    [credentialId, wish],
  );
  const preview = useOperation('rotation.preview', input, { enabled: schedule !== null });
  if (preview.error !== null && schedule !== null) return preview.error.message;
  const times = preview.isPrevious || schedule === null ? [] : (preview.data?.times ?? []);
  return describePlan({ name: keyName(credentialId), schedule, method, times, now });
}

interface ScheduleFormProps {
  readonly overview: RotationOverview;
  onDone(): void;
}

/** Sets when a key is changed; says in a sentence what that means before it is set. */
export function ScheduleForm({ overview, onDone }: ScheduleFormProps): ReactNode {
  const { credentialId, setup } = overview;
  const set = useAct('rotation.schedule', { showsErrors: true });
  const takeBack = useAct('rotation.schedule');
  const [fields, setFields] = useState(scheduleFields(setup.schedule));
  const [isTried, setTried] = useState(false);
  const { schedule, problems } = readScheduleFields(fields);
  const isSound = Object.keys(problems).length === 0;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (!isSound || (await set.run({ credentialId, schedule })) === undefined) return;
    const before = setup.schedule;
    notifyUndo(
      schedule === null ? 'The schedule was taken away' : 'The schedule is set',
      () => void takeBack.run({ credentialId, schedule: before }),
    );
    onDone();
  };
  const parts = {
    fields,
    problems: isTried ? problems : {},
    onChange: (change: Partial<ScheduleFields>) => {
      set.reset();
      setFields({ ...fields, ...change });
    },
  };
  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)} noValidate>
      <Segmented label="When" value={fields.kind} options={kinds} onChange={(kind) => parts.onChange({ kind })} />
      {fields.kind === 'never' ? null : (
        <>
          <WhenField {...parts} />
          <MarginFields {...parts} />
        </>
      )}
      <p className={classes.sentence} aria-live="polite">
        {isSound ? (
          <Sentence overview={overview} schedule={schedule} />
        ) : (
          'Write when; this line then says what the schedule will do.'
        )}
      </p>
      <FormFoot verb="Set" isRunning={set.isRunning} problem={set.error?.message ?? null} onCancel={onDone} />
    </form>
  );
}
