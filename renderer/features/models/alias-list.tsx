import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { Card } from '#renderer/components/card.tsx';
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx';
import { CopyButton } from '#renderer/components/copy-button.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { ErrorState } from '#renderer/components/error-state.tsx';
import { useNow } from '#renderer/components/format/use-now.ts';
import { notifyUndo } from '#renderer/components/notify-undo.tsx';
import { Pill } from '#renderer/components/pill.tsx';
import type { Alias } from '#shared/model/alias.ts';
import { describeRules, draftOf } from './alias-draft.ts';
import { judgeTargets, type TargetState } from './judge-targets.ts';
import classes from './models.module.css';

const states = {
  serves: { tone: 'teal', text: 'serves now' },
  next: { tone: 'neutral', text: 'next' },
  waits: { tone: 'amber', text: 'waits' },
  'no-key': { tone: 'red', text: 'no key' },
} as const satisfies Record<TargetState, { tone: 'teal' | 'neutral' | 'amber' | 'red'; text: string }>;

function Targets({ alias }: { readonly alias: Alias }): ReactNode {
  const credentials = useOperation('credential.list', {}).data;
  const now = useNow(1_000);
  const judged = judgeTargets(alias.targets, credentials ?? [], now);
  return (
    <ol className={classes.order} aria-label={`Models of ${alias.name}, best first`}>
      {judged.map(({ target, state, explanation }) => (
        <li key={`${target.provider}/${target.model}`}>
          <code>
            {target.provider}/{target.model}
          </code>
          {credentials === undefined ? null : (
            <>
              <Pill tone={states[state].tone}>{states[state].text}</Pill>
              {state === 'next' ? null : <span className={classes.quiet}>{explanation}</span>}
            </>
          )}
        </li>
      ))}
    </ol>
  );
}

function AliasActs({ alias, onEdit }: { readonly alias: Alias; onEdit(): void }): ReactNode {
  const [isRemoving, setRemoving] = useState(false);
  const remove = useAct('alias.remove');
  const set = useAct('alias.set');
  const removeAlias = async (): Promise<void> => {
    const removed = await remove.run({ name: alias.name });
    setRemoving(false);
    if (removed !== undefined) notifyUndo(`\u201c${alias.name}\u201d was removed`, () => void set.run(draftOf(alias)));
  };
  return (
    <>
      <Menu position="bottom-end" width={160}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`What to do with ${alias.name}`}>
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
      <ConfirmDialog
        isOpen={isRemoving}
        title={`Remove \u201c${alias.name}\u201d?`}
        verb="Remove alias"
        isRunning={remove.isRunning}
        onConfirm={() => void removeAlias()}
        onCancel={() => setRemoving(false)}
      >
        Calls to it fail from the next one on, until the tool names a model or another alias. You can undo this for ten
        seconds.
      </ConfirmDialog>
    </>
  );
}

interface AliasListProps {
  onAdd(): void;
  onEdit(name: string): void;
}

/** The user's own names for models: which models each leads to, and which of them would serve a call now. */
export function AliasList({ onAdd, onEdit }: AliasListProps): ReactNode {
  const aliases = useOperation('alias.list', {});
  const rows = aliases.data;
  if (aliases.error !== null && rows === undefined) {
    return (
      <Card>
        <ErrorState title="The aliases could not be read" error={aliases.error} onRetry={aliases.retry} />
      </Card>
    );
  }
  if (rows?.length === 0) {
    return (
      <Card>
        <EmptyState
          title="No aliases yet"
          text="Name models as you think of them, such as fast or cheap. A tool asks for the name; when the first model fails before it answers, the next one is tried."
          action={<Button onClick={onAdd}>Add an alias</Button>}
        />
      </Card>
    );
  }
  return (
    <Card>
      <ul aria-label="Aliases">
        {rows?.map((alias) => (
          <li key={alias.name} className={classes.alias}>
            <span>
              <span className={classes.name}>
                <code>{alias.name}</code>
                <CopyButton text={alias.name} label={`Copy ${alias.name}`} iconOnly />
              </span>
              <span className={classes.quiet}>{describeRules(alias)}</span>
            </span>
            <Targets alias={alias} />
            <AliasActs alias={alias} onEdit={() => onEdit(alias.name)} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
