import { ActionIcon, Menu, Modal, Select } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { Card } from '#renderer/components/card.tsx';
import { ErrorState } from '#renderer/components/error-state.tsx';
import { formatCount } from '#renderer/components/format/count.ts';
import { type WatchRuleId, type WatchRuleStatus, watchActionSchema } from '#shared/model/alert.ts';
import { type WatchRule, watchRules } from '#shared/policy/watch-rules.ts';
import classes from './alerts.module.css';
import { RuleForm } from './rule-form.tsx';
import { actionNames, isChanged, numbersOf } from './rule-words.ts';

interface RuleRowProps {
  readonly status: WatchRuleStatus;
  onEdit(): void;
}

function RuleMenu({ status, onEdit }: RuleRowProps): ReactNode {
  const set = useAct('watch.set');
  const { rule } = status;
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`What to do with ${watchRules[rule].title}`}>
          <IconDots size={16} stroke={1.75} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item disabled={numbersOf(status).length === 0} onClick={onEdit}>
          Change numbers…
        </Menu.Item>
        <Menu.Item disabled={!isChanged(status)} onClick={() => void set.run({ rule, action: null, thresholds: null })}>
          As usual again
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function RuleRow({ status, onEdit }: RuleRowProps): ReactNode {
  const set = useAct('watch.set');
  const { rule, action } = status;
  const { title, when, actions }: WatchRule = watchRules[rule];
  const change = (value: string | null): void => {
    const chosen = watchActionSchema.safeParse(value).data;
    if (chosen !== undefined) void set.run({ rule, action: chosen });
  };
  return (
    <li className={classes.rule} data-off={action === 'off'}>
      <div>
        <p className={classes.name}>{title}</p>
        <p className={classes.quiet}>When {when}.</p>
        <p className={classes.quiet}>
          {numbersOf(status)
            .map(({ value, brief }) => brief.replace('#', formatCount(value)))
            .join(' \u00B7 ')}
        </p>
      </div>
      <Select
        className={classes.action}
        aria-label={`What follows: ${title}`}
        value={action}
        data={[...actions, 'off' as const].map((each) => ({ value: each, label: actionNames[each] }))}
        allowDeselect={false}
        comboboxProps={{ width: 150, position: 'bottom-end' }}
        onChange={change}
      />
      <RuleMenu status={status} onEdit={onEdit} />
    </li>
  );
}

interface RuleListProps {
  /** The rule whose numbers are being changed. */
  readonly edited: WatchRuleId | undefined;
  onEdit(rule: WatchRuleId | undefined): void;
}

/** The rules, what each does, and its numbers. */
export function RuleList({ edited, onEdit }: RuleListProps): ReactNode {
  const rules = useOperation('watch.list', {});
  const status = rules.data?.find(({ rule }) => rule === edited);
  if (rules.error !== null && rules.data === undefined) {
    return (
      <Card>
        <ErrorState title="The rules could not be read" error={rules.error} onRetry={rules.retry} />
      </Card>
    );
  }
  return (
    <Card>
      <p className={classes.legend}>
        “Ask anew” ends the access that was used, “End access” all access of the tool. After either, its next request
        waits for you, whatever your policies say.
      </p>
      <ul aria-label="Rules">
        {(rules.data ?? []).map((each) => (
          <RuleRow key={each.rule} status={each} onEdit={() => onEdit(each.rule)} />
        ))}
      </ul>
      <Modal
        opened={status !== undefined}
        onClose={() => onEdit(undefined)}
        title={status === undefined ? '' : watchRules[status.rule].title}
        size={460}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {status === undefined ? null : <RuleForm key={status.rule} status={status} onDone={() => onEdit(undefined)} />}
      </Modal>
    </Card>
  );
}
