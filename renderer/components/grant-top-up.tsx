import type { ReactNode } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import type { Grant } from '#shared/model/access.ts';
import { formatMoney } from './format/money.ts';
import { notifyDone } from './notify.ts';
import { TopUpMenu } from './top-up-menu.tsx';

/** Adds money to the budget of a grant that has one. */
export function GrantTopUp({ grant }: { readonly grant: Grant }): ReactNode {
  const topUp = useAct('grant.topUp');
  if (grant.budgetMicroUsd === null) return null;
  const add = async (amountMicroUsd: number): Promise<void> => {
    const after = await topUp.run({ id: grant.id, amountMicroUsd });
    if (after === undefined) return;
    const left = after.budgetLeftMicroUsd ?? amountMicroUsd;
    notifyDone(`${formatMoney(amountMicroUsd)} added for ${grant.tool}, ${formatMoney(left)} left`);
  };
  return <TopUpMenu name={grant.tool} isRunning={topUp.isRunning} onAdd={(amount) => void add(amount)} />;
}
