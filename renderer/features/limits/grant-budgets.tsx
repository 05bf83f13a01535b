import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { Card } from '#renderer/components/card.tsx';
import { formatMoney } from '#renderer/components/format/money.ts';
import { GrantTopUp } from '#renderer/components/grant-top-up.tsx';
import { Meter } from '#renderer/components/meter.tsx';
import { TimeLeft } from '#renderer/components/relative-time.tsx';
import type { Grant } from '#shared/model/access.ts';
import classes from './limits.module.css';

function GrantBudget({ grant, budget }: { readonly grant: Grant; readonly budget: number }): ReactNode {
  const left = Math.max(0, budget - grant.spentMicroUsd);
  return (
    <li className={classes.row} aria-label={`Access of ${grant.tool}, ${formatMoney(budget)}`}>
      <span className={classes.rule}>
        {grant.tool}
        <span className={classes.quiet}>
          <TimeLeft until={grant.expiresAt} />
        </span>
      </span>
      <div className={classes.use}>
        <div className={classes.figures}>
          <span>
            {formatMoney(grant.spentMicroUsd)} of {formatMoney(budget)}
          </span>
          <span className={classes.quiet}>{formatMoney(left)} left</span>
        </div>
        <Meter used={grant.spentMicroUsd / budget} />
      </div>
      <span className={classes.acts}>
        <GrantTopUp grant={grant} />
      </span>
    </li>
  );
}

/** Budgets of the access that tools have now; they were set when it was allowed, and end with it. */
export function GrantBudgets(): ReactNode {
  const grants = useOperation('grant.list', {}).data ?? [];
  const rows = grants.flatMap((grant) =>
    grant.budgetMicroUsd === null ? [] : [{ grant, budget: grant.budgetMicroUsd }],
  );
  if (rows.length === 0) return null;
  return (
    <Card title="Budgets of access" aside={<Link to="/access">Access</Link>}>
      <ul aria-label="Budgets of access">
        {rows.map(({ grant, budget }) => (
          <GrantBudget key={grant.id} grant={grant} budget={budget} />
        ))}
      </ul>
    </Card>
  );
}
