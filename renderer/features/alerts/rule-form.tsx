import { TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { FormFoot } from '#renderer/components/form-foot.tsx';
import type { WatchRuleStatus } from '#shared/model/alert.ts';
import classes from './alerts.module.css';
import { numbersOf, type RuleNumber, readNumber } from './rule-words.ts';

interface RuleFormProps {
  readonly status: WatchRuleStatus;
  onDone(): void;
}

/** A rule's numbers, each with what it decides. */
export function RuleForm({ status, onDone }: RuleFormProps): ReactNode {
  const numbers = numbersOf(status);
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>(
    Object.fromEntries(numbers.map(({ name, value }) => [name, String(value)])),
  );
  const set = useAct('watch.set', { showsErrors: true });
  const readOf = (number: RuleNumber): number | string => readNumber(texts[number.name] ?? '', number);
  const isValid = numbers.every((number) => typeof readOf(number) === 'number');
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!isValid) return;
    const thresholds = Object.fromEntries(numbers.map((number) => [number.name, Number(readOf(number))]));
    const saved = await set.run({ rule: status.rule, thresholds });
    if (saved !== undefined) onDone();
  };
  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)} noValidate>
      {numbers.map((number) => {
        const value = readOf(number);
        return (
          <TextInput
            key={number.name}
            label={capitalised(number.unit)}
            description={`${capitalised(number.means)}; usually ${number.usual}.`}
            value={texts[number.name] ?? ''}
            error={typeof value === 'string' ? value : null}
            onChange={(event) => setTexts({ ...texts, [number.name]: event.currentTarget.value })}
          />
        );
      })}
      <FormFoot
        verb="Save"
        isRunning={set.isRunning}
        isComplete={isValid}
        problem={set.error?.message ?? null}
        onCancel={onDone}
      />
    </form>
  );
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
