import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx';
import { formatMoney } from '#renderer/components/format/money.ts';
import { Meter } from '#renderer/components/meter.tsx';
import { notifyDone } from '#renderer/components/notify.ts';
import { notifyUndo } from '#renderer/components/notify-undo.tsx';
import { Pill } from '#renderer/components/pill.tsx';
import { ResetTime } from '#renderer/components/relative-time.tsx';
import { TopUpMenu } from '#renderer/components/top-up-menu.tsx';
import type { LimitStatus } from '#shared/model/limit.ts';
import { describeUse, draftOf, formatAmount, nameRule } from './limit-words.ts';
import classes from './limits.module.css';

interface LimitRowProps {
  readonly limit: LimitStatus;
  /** Whose it is, as a person calls it. */
  readonly subjectName: string;
  onEdit(): void;
}

function StatePill({ limit }: { readonly limit: LimitStatus }): ReactNode {
  if (!isCounted(limit)) return null;
  if (limit.left === 0) {
    return (
      <Pill tone="red" title="Calls that it counts are refused now">
        {limit.rule.kind === 'budget' ? 'spent' : 'reached'}
      </Pill>
    );
  }
  if (limit.warned === null) return null;
  return (
    <Pill tone="amber" title="You were told when it reached this share">
      reached {limit.warned}%
    </Pill>
  );
}

/** False for a budget that holds for each request by itself: nothing adds up. */
function isCounted({ rule }: LimitStatus): boolean {
  return !(rule.kind === 'budget' && rule.period === 'request');
}

function Use({ limit }: { readonly limit: LimitStatus }): ReactNode {
  if (!isCounted(limit)) return <div className={`${classes.use} ${classes.quiet}`}>{describeUse(limit)}</div>;
  const { allowed, used, running, left, rule, resetsAt, topUpMicroUsd, warnAt } = limit;
  const ended = rule.kind === 'concurrent-streams' ? 0 : used;
  return (
    <div className={classes.use}>
      <div className={classes.figures}>
        <span>
          {describeUse(limit)}
          {topUpMicroUsd === 0 ? null : <span className={classes.quiet}> with {formatMoney(topUpMicroUsd)} added</span>}
        </span>
        <span className={classes.quiet}>
          {formatAmount(rule, left)} left
          {resetsAt === null ? null : (
            <>
              , begins anew <ResetTime at={resetsAt} />
            </>
          )}
        </span>
      </div>
      <Meter used={ended / allowed} running={running / allowed} marks={rule.kind === 'budget' ? warnAt : []} />
    </div>
  );
}

/** One limit: what it allows, what is used of it and when it begins anew, and what can be done with it. */
export function LimitRow({ limit, subjectName, onEdit }: LimitRowProps): ReactNode {
  const [isRemoving, setRemoving] = useState(false);
  const topUp = useAct('limit.topUp');
  const set = useAct('limit.set');
  const remove = useAct('limit.remove');
  const rule = nameRule(limit.rule);
  const add = async (amountMicroUsd: number): Promise<void> => {
    const after = await topUp.run({ id: limit.id, amountMicroUsd });
    if (after !== undefined) notifyDone(`${formatMoney(amountMicroUsd)} added, ${formatMoney(after.left)} left`);
  };
  const restore = async (): Promise<void> => {
    const restored = await set.run(draftOf(limit));
    if (restored !== undefined && limit.topUpMicroUsd > 0)
      await topUp.run({ id: restored.id, amountMicroUsd: limit.topUpMicroUsd });
  };
  const removeLimit = async (): Promise<void> => {
    const removed = await remove.run({ id: limit.id });
    setRemoving(false);
    if (removed !== undefined) notifyUndo(`${subjectName}: ${rule} was removed`, () => void restore());
  };
  return (
    <li className={classes.row} aria-label={`${subjectName}, ${rule}`}>
      <span className={classes.rule}>
        {rule}
        <StatePill limit={limit} />
      </span>
      <Use limit={limit} />
      <span className={classes.acts}>
        {limit.rule.kind === 'budget' && isCounted(limit) ? (
          <TopUpMenu name={subjectName} isRunning={topUp.isRunning} onAdd={(amount) => void add(amount)} />
        ) : null}
        <Menu position="bottom-end" width={160}>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`What to do with ${subjectName}, ${rule}`}>
              <IconDots size={16} stroke={1.75} aria-hidden="true" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={onEdit}>Change…</Menu.Item>
            <Menu.Divider />
            <Menu.Item color="red" onClick={() => setRemoving(true)}>
              Remove…
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </span>
      <ConfirmDialog
        isOpen={isRemoving}
        title={`Remove ${rule}?`}
        verb="Remove limit"
        isRunning={remove.isRunning}
        onConfirm={() => void removeLimit()}
        onCancel={() => setRemoving(false)}
      >
        {subjectName === 'Everything' ? 'Calls are' : `Calls of ${subjectName} are`} no longer held to it, from the next
        one on. Other limits stay. You can undo this for ten seconds.
      </ConfirmDialog>
    </li>
  );
}
