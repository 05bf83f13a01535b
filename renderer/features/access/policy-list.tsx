import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { Card } from '#renderer/components/card.tsx';
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { ErrorState } from '#renderer/components/error-state.tsx';
import { nameActor } from '#renderer/components/format/actor.ts';
import { notifyUndo } from '#renderer/components/notify-undo.tsx';
import { Pill } from '#renderer/components/pill.tsx';
import { describePolicy } from '#renderer/components/policy/describe-policy.ts';
import { RelativeTime } from '#renderer/components/relative-time.tsx';
import type { Policy } from '#shared/model/access.ts';
import classes from './access.module.css';

function RemovePolicy({ policy }: { readonly policy: Policy }): ReactNode {
  const [isAsking, setAsking] = useState(false);
  const remove = useAct('policy.remove');
  const add = useAct('policy.add');
  const run = async (): Promise<void> => {
    const removed = await remove.run({ id: policy.id });
    setAsking(false);
    const { id: _id, createdAt: _createdAt, createdBy: _createdBy, ...draft } = policy;
    if (removed !== undefined) notifyUndo(`The policy for ${policy.tool} was removed`, () => void add.run(draft));
  };
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        aria-label={`Remove the policy for ${policy.tool}`}
        onClick={() => setAsking(true)}
      >
        Remove…
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        title={`Remove the policy for ${policy.tool}?`}
        verb="Remove policy"
        isRunning={remove.isRunning}
        onConfirm={() => void run()}
        onCancel={() => setAsking(false)}
      >
        {policy.effect === 'allow'
          ? `From its next request on, you are asked again before ${policy.tool} gets access. Access that it has now stays until it ends.`
          : `From its next request on, ${policy.tool} is no longer refused by itself: you are asked.`}
      </ConfirmDialog>
    </>
  );
}

interface PolicyListProps {
  providerName(id: string): string;
  onAdd(): void;
}

/** Standing decisions, each as the sentence that it is. */
export function PolicyList({ providerName, onAdd }: PolicyListProps): ReactNode {
  const policies = useOperation('policy.list', {});
  const rows = policies.data;
  if (policies.error !== null && rows === undefined) {
    return (
      <Card>
        <ErrorState title="The policies could not be read" error={policies.error} onRetry={policies.retry} />
      </Card>
    );
  }
  if (rows?.length === 0) {
    return (
      <Card>
        <EmptyState
          title="No standing policies"
          text="A policy answers for you: it always allows, or always denies, a tool what you name. “Always here” in the prompt makes one too."
          action={<Button onClick={onAdd}>Add a policy</Button>}
        />
      </Card>
    );
  }
  return (
    <Card>
      <ul aria-label="Policies">
        {rows?.map((policy) => (
          <li key={policy.id} className={classes.policy}>
            <span>{policy.effect === 'allow' ? <Pill tone="teal">allow</Pill> : <Pill tone="red">deny</Pill>}</span>
            <span className={classes.policyWords}>
              <span>{describePolicy(policy, providerName)}</span>
              <span className={classes.dim}>
                Added <RelativeTime at={policy.createdAt} /> by {nameActor(policy.createdBy)}
              </span>
            </span>
            <RemovePolicy policy={policy} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
