import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { describeBinding } from '#renderer/components/access-request/describe-binding.ts';
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx';
import { nameActor } from '#renderer/components/format/actor.ts';
import { formatPlural, formatShare } from '#renderer/components/format/count.ts';
import { formatMoney } from '#renderer/components/format/money.ts';
import { formatClock } from '#renderer/components/format/time.ts';
import { useNow } from '#renderer/components/format/use-now.ts';
import { GrantTopUp } from '#renderer/components/grant-top-up.tsx';
import { Meter } from '#renderer/components/meter.tsx';
import { Money } from '#renderer/components/money.tsx';
import { notifyDone } from '#renderer/components/notify.ts';
import { Pill } from '#renderer/components/pill.tsx';
import { type Column, PlainTable } from '#renderer/components/plain-table.tsx';
import { TimeLeft } from '#renderer/components/relative-time.tsx';
import type { Grant } from '#shared/model/access.ts';
import classes from './access.module.css';
import { type NestedGrant, nestGrants } from './nest-grants.ts';
import { ScopeList } from './scope-list.tsx';
import { ToolCell } from './tool-cell.tsx';

const soonMs = 120_000;

const boundWords = { tree: 'only for its processes', executable: 'only for one program' } as const;

function TimeLeftPill({ grant }: { readonly grant: Grant }): ReactNode {
  const now = useNow(1_000);
  if (grant.untilLock) {
    return (
      <Pill tone="teal" title="Ends when the screen locks">
        until lock
      </Pill>
    );
  }
  const { at, run } = grant.endsWhen ?? {};
  const end = at === undefined ? '' : `At ${formatClock(Date.parse(at))}`;
  const title = run ? 'Ends with its command' : end;
  return (
    <Pill title={title} tone={Date.parse(grant.expiresAt) - now < soonMs ? 'neutral' : 'teal'}>
      <TimeLeft until={grant.expiresAt} />
    </Pill>
  );
}

function BudgetCell({ grant }: { readonly grant: Grant }): ReactNode {
  const { budgetMicroUsd: budget, spentMicroUsd: spent } = grant;
  if (budget === null) {
    return (
      <span className={classes.figure}>
        <Money microUsd={spent} /> <span className={classes.dim}>no limit</span>
      </span>
    );
  }
  const used = formatShare(spent, budget);
  return (
    <span className={classes.budget} title={`${used} of the budget is spent`}>
      <span className={classes.figure}>
        <Money microUsd={spent} /> <span className={classes.dim}>of {formatMoney(budget)}</span>
      </span>
      <Meter used={spent / budget} />
    </span>
  );
}

function EndAccess({ grant }: { readonly grant: Grant }): ReactNode {
  const [isAsking, setAsking] = useState(false);
  const name = grant.delegate ?? grant.tool;
  const revoke = useAct('grant.revoke');
  const end = async (): Promise<void> => {
    const ended = await revoke.run({ id: grant.id });
    setAsking(false);
    if (ended !== undefined) notifyDone(`${name} has no access any more`);
  };
  return (
    <>
      <Button size="compact-sm" variant="default" aria-label={`End access of ${name}`} onClick={() => setAsking(true)}>
        End access…
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        title={`End ${name}’s access?`}
        verb="End access"
        isRunning={revoke.isRunning}
        onConfirm={() => void end()}
        onCancel={() => setAsking(false)}
      >
        Its token stops working at once, those of its sub-agents too, and answers that are still streaming are cut. To
        go on, the tool must ask again.
      </ConfirmDialog>
    </>
  );
}

function columns(providerName: (id: string) => string): readonly Column<NestedGrant>[] {
  return [
    { id: 'tool', title: 'Tool', cell: ({ grant, depth }) => <ToolCell {...grant} depth={depth} /> },
    {
      id: 'scopes',
      title: 'May',
      cell: ({ grant }) => (
        <>
          <ScopeList scopes={grant.scopes} providerName={providerName} />
          <span className={classes.dim} title={`Works in ${describeBinding(grant.binding)}`}>
            {grant.parentGrantId === null ? `allowed by ${nameActor(grant.approvedBy)}` : 'handed on'}
            {grant.binding === null ? '' : ` \u00b7 ${boundWords[grant.binding.kind]}`}
          </span>
        </>
      ),
    },
    {
      id: 'left',
      title: 'Left',
      cell: ({ grant }) => (
        <span className={classes.left}>
          <span>
            <TimeLeftPill grant={grant} />
          </span>
          {grant.usesLeft === null ? null : <span>{formatPlural(grant.usesLeft, 'call')}</span>}
        </span>
      ),
    },
    { id: 'budget', title: 'Spent', cell: ({ grant }) => <BudgetCell grant={grant} /> },
    {
      id: 'acts',
      title: '',
      label: 'Acts',
      align: 'end',
      cell: ({ grant }) => (
        <span className={classes.acts}>
          <GrantTopUp grant={grant} />
          <EndAccess grant={grant} />
        </span>
      ),
    },
  ];
}

interface GrantTableProps {
  readonly grants: readonly Grant[];
  providerName(id: string): string;
}

/** Living grants, each with what is left of it and the button that ends it; those that were handed on below the ones they stem from. */
export function GrantTable({ grants, providerName }: GrantTableProps): ReactNode {
  return (
    <PlainTable
      label="Tools with access"
      columns={columns(providerName)}
      rows={nestGrants(grants)}
      rowKey={({ grant }) => grant.id}
    />
  );
}
