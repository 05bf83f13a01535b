import { Button } from '@mantine/core';
import { lazy, type ReactNode, Suspense } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { Card } from '#renderer/components/card.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { ErrorState } from '#renderer/components/error-state.tsx';
import { formatCount, formatPlural } from '#renderer/components/format/count.ts';
import { notifyUndo } from '#renderer/components/notify-undo.tsx';
import { describePolicy } from '#renderer/components/policy/describe-policy.ts';
import type { PolicySuggestion } from '#shared/model/asked-request.ts';
import classes from './prompts.module.css';
import { promptSeries, promptStacks, promptTotals } from './prompts-values.ts';

const StackedChart = lazy(() =>
  import('#renderer/components/stacked-chart.tsx').then((module) => ({ default: module.StackedChart })),
);

const report = { days: 14 };

/** How often a person was asked, day by day, and the policies that would have saved most of it. */
export function PromptsPart(): ReactNode {
  const { data, error, retry } = useOperation('approval.report', report);
  if (data === undefined) {
    return error === null ? null : (
      <Card>
        <ErrorState title="The questions could not be counted" error={error} onRetry={retry} />
      </Card>
    );
  }
  const totals = promptTotals(data.days);
  if (totals.all === 0) {
    return (
      <Card title="Questions in the last 14 days">
        <EmptyState
          title="Nobody asked yet"
          text="Every request for access is counted here, with who answered it: you, a policy, or access that was there already."
        />
      </Card>
    );
  }
  return (
    <>
      <Card
        title="Questions in the last 14 days"
        aside={`${formatCount(totals.asked)} for you, ${formatCount(totals.spared)} answered without you`}
      >
        <div className={classes.chart}>
          <Suspense fallback={null}>
            <StackedChart
              label="Requests for access by who answered, last 14 days"
              series={promptSeries}
              stacks={promptStacks(data.days)}
              formatValue={(value) => formatPlural(value, 'request')}
              formatTick={formatCount}
            />
          </Suspense>
        </div>
      </Card>
      <Card title="Policies that would have saved most">
        {data.suggestions.length === 0 ? (
          <p className={classes.quiet}>
            None. A policy is worth it when it would have answered three questions or more that you always allowed.
          </p>
        ) : (
          <ul aria-label="Policies that would have saved most">
            {data.suggestions.map((suggestion) => (
              <Suggestion key={JSON.stringify(suggestion.draft)} suggestion={suggestion} />
            ))}
          </ul>
        )}
      </Card>
    </>
  );
}

function Suggestion({ suggestion: { draft, saved } }: { readonly suggestion: PolicySuggestion }): ReactNode {
  const providerName = useProviderName();
  const add = useAct('policy.add');
  const remove = useAct('policy.remove');
  const make = async (): Promise<void> => {
    const added = await add.run(draft);
    if (added !== undefined)
      notifyUndo(`${added.tool} is no longer asked about for this`, () => void remove.run({ id: added.id }));
  };
  return (
    <li className={classes.suggestion}>
      <span className={classes.saved}>
        <strong>{formatCount(saved)}</strong> fewer
      </span>
      <span className={classes.words}>{describePolicy(draft, providerName)}</span>
      <Button size="compact-sm" variant="default" loading={add.isRunning} onClick={() => void make()}>
        Make this policy
      </Button>
    </li>
  );
}
