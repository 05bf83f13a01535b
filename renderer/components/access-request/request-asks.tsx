import { type ReactNode, useState } from 'react';
import type { AccessRequest } from '#shared/model/access.ts';
import { formatMoney, parseMoney } from '../format/money.ts';
import { describeScope } from '../format/scope.ts';
import { Pill } from '../pill.tsx';
import classes from './access-request.module.css';
import { type Decision, toggleScope } from './decision.ts';

interface RequestAsksProps {
  readonly request: AccessRequest;
  readonly decision: Decision;
  onChange(decision: Decision): void;
  providerName(id: string): string;
}

function Familiarity({ request, scope }: { readonly request: AccessRequest; readonly scope: string }): ReactNode {
  const found = request.familiarity.find((each) => each.scope === scope);
  if (found?.seen === 'as-last-time') return <Pill tone="teal">as last time</Pill>;
  if (found?.was !== undefined) return <Pill tone="amber">more than last time</Pill>;
  return <Pill tone="amber">new</Pill>;
}

function BeforeThat({ request, scope }: { readonly request: AccessRequest; readonly scope: string }): ReactNode {
  const was = request.familiarity.find((each) => each.scope === scope)?.was;
  return was === undefined ? null : <span className={classes.detail}>was {was}</span>;
}

/** `was $5.00`, `as last time`, or nothing when there was no last time. */
function moneyBefore({ lastTime, budgetMicroUsd, averageSpendMicroUsd }: AccessRequest): string {
  if (lastTime !== null && lastTime.budgetMicroUsd !== budgetMicroUsd)
    return lastTime.budgetMicroUsd === null ? 'was any amount' : `was ${formatMoney(lastTime.budgetMicroUsd)}`;
  return averageSpendMicroUsd === null ? '' : `used ${formatMoney(averageSpendMicroUsd)} on average`;
}

function spendTitle({ averageSpendMicroUsd }: AccessRequest): string | undefined {
  return averageSpendMicroUsd === null ? undefined : `Used ${formatMoney(averageSpendMicroUsd)} on average`;
}

function MoneyAsk({ request, decision, onChange }: Omit<RequestAsksProps, 'providerName'>): ReactNode {
  const limit = decision.budgetMicroUsd;
  const [text, setText] = useState(limit === null ? '' : formatMoney(limit));
  const settle = (): void => {
    const amount = parseMoney(text);
    onChange({ ...decision, budgetMicroUsd: amount });
    setText(amount === null ? '' : formatMoney(amount));
  };
  return (
    <div className={classes.ask}>
      <span className={classes.currency} aria-hidden="true">
        $
      </span>
      <label className={classes.words}>
        Spend up to{' '}
        <input
          className={classes.amount}
          value={text}
          placeholder="any amount"
          aria-label="Spending limit in dollars; empty for none"
          inputMode="decimal"
          size={10}
          onChange={(event) => setText(event.currentTarget.value)}
          onBlur={settle}
          onKeyDown={(event) => (event.key === 'Enter' ? settle() : undefined)}
        />
      </label>
      <span className={classes.aside} title={spendTitle(request)}>
        {moneyBefore(request)}
      </span>
    </div>
  );
}

/** What is asked, line by line: each scope can be taken out, the spending limit can be changed. */
export function RequestAsks({ request, decision, onChange, providerName }: RequestAsksProps): ReactNode {
  return (
    <div className={classes.asks}>
      {request.scopes.map((scope) => {
        const isOff = decision.refusedScopes.includes(scope);
        const words = describeScope(scope, providerName);
        return (
          <label key={scope} className={`${classes.ask} ${isOff ? classes.off : ''}`}>
            <input
              type="checkbox"
              className={classes.box}
              checked={!isOff}
              onChange={() => onChange(toggleScope(decision, scope))}
            />
            <span className={classes.words}>
              {words.before} <strong>{words.strong}</strong> {words.after}
              {words.detail === null ? null : <span className={classes.detail}>{words.detail}</span>}
              <BeforeThat request={request} scope={scope} />
            </span>
            <Familiarity request={request} scope={scope} />
          </label>
        );
      })}
      <MoneyAsk request={request} decision={decision} onChange={onChange} />
    </div>
  );
}
