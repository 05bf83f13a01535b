import type { ReactNode } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { Card } from '#renderer/components/card.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { formatCount, formatShare } from '#renderer/components/format/count.ts';
import { Money } from '#renderer/components/money.tsx';
import { Pill } from '#renderer/components/pill.tsx';
import { type Column, PlainTable } from '#renderer/components/plain-table.tsx';
import { TimeLeft } from '#renderer/components/relative-time.tsx';
import { Tokens } from '#renderer/components/tokens.tsx';
import type { OperationOutput } from '#shared/contract/operations.ts';
import type { Grant } from '#shared/model/access.ts';

type ToolRow = OperationOutput<'usage.overview'>['byTool'][number];

const lowBudgetShare = 0.8;
const noTool = '\u2014';

function GrantPill({ grant }: { readonly grant: Grant | undefined }): ReactNode {
  if (grant === undefined) return null;
  const { budgetMicroUsd: budget, budgetLeftMicroUsd: left } = grant;
  if (budget !== null && left !== null && budget - left >= budget * lowBudgetShare) {
    return <Pill tone="amber">budget {formatShare(budget - left, budget)}</Pill>;
  }
  if (grant.untilLock) return <Pill tone="teal">until lock</Pill>;
  return (
    <Pill tone="teal">
      <TimeLeft until={grant.expiresAt} />
    </Pill>
  );
}

function columnsWith(grants: readonly Grant[]): readonly Column<ToolRow>[] {
  return [
    { id: 'tool', title: 'Tool', cell: (row) => row.key || noTool },
    { id: 'models', title: 'Models', mono: true, cell: (row) => row.models.join(', ') || noTool },
    { id: 'requests', title: 'Requests', align: 'end', cell: (row) => formatCount(row.requests) },
    {
      id: 'tokens',
      title: 'Tokens',
      align: 'end',
      cell: (row) => <Tokens count={row.inputTokens + row.outputTokens} />,
    },
    {
      id: 'cost',
      title: 'Cost',
      align: 'end',
      cell: (row) => <Money microUsd={row.costMicroUsd} isEstimated={row.estimatedRequests > 0} />,
    },
    {
      id: 'access',
      title: 'Access',
      cell: (row) => <GrantPill grant={grants.find((grant) => grant.tool === row.key)} />,
    },
  ];
}

/** What each tool used in the span, and what access it has now. */
export function ToolTableCard({ rows }: { readonly rows: readonly ToolRow[] }): ReactNode {
  const grants = useOperation('grant.list', {}).data ?? [];
  if (rows.length === 0) {
    return (
      <Card title="By tool">
        <EmptyState
          compact
          title="No tool called in this span"
          text="Each tool gets a line here with its models, tokens and cost."
        />
      </Card>
    );
  }
  return (
    <Card title="By tool">
      <PlainTable label="Use by tool" columns={columnsWith(grants)} rows={rows} rowKey={(row) => row.key} />
    </Card>
  );
}
