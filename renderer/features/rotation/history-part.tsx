import { UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { type ReactNode, useMemo } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { Card } from '#renderer/components/card.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { ErrorState } from '#renderer/components/error-state.tsx';
import { KeyValue } from '#renderer/components/key-value.tsx';
import { Pill } from '#renderer/components/pill.tsx';
import { RelativeTime } from '#renderer/components/relative-time.tsx';
import type { OperationOutput } from '#shared/contract/operations.ts';
import { Journal } from './journal.tsx';
import classes from './rotation.module.css';
import { RotationActs } from './rotation-acts.tsx';
import { factsOf, nameWithLabel, stateOf } from './rotation-words.ts';

const route = getRouteApi('/rotation');
const longest = 200;

type WithSteps = OperationOutput<'rotation.history'>[number];

interface HistoryItemProps {
  readonly rotation: WithSteps;
  readonly name: string;
  readonly isOpen: boolean;
  onToggle(): void;
  onLead(): void;
}

function HistoryItem({ rotation, name, isOpen, onToggle, onLead }: HistoryItemProps): ReactNode {
  const { id, trigger, startedAt, oldKey, newKey } = rotation;
  const { tone, text } = stateOf(rotation);
  return (
    <li className={classes.past}>
      <UnstyledButton
        className={classes.pastHead}
        aria-expanded={isOpen}
        aria-controls={`steps-${id}`}
        onClick={onToggle}
      >
        <IconChevronRight size={14} stroke={2} aria-hidden="true" className={classes.chevron} data-open={isOpen} />
        <span className={classes.itemName}>{name}</span>
        <span className={classes.keyPair}>
          <code>{oldKey.fingerprint}</code> → <code>{newKey.fingerprint ?? 'none'}</code>
        </span>
        <Pill tone={tone}>{text}</Pill>
        <span className={classes.itemTime}>
          {trigger === 'schedule' ? 'by schedule' : 'by you'}, <RelativeTime at={startedAt} />
        </span>
      </UnstyledButton>
      {isOpen ? (
        <div id={`steps-${id}`} className={classes.pastBody}>
          <KeyValue facts={factsOf(rotation)} />
          <Journal steps={rotation.steps} />
          <RotationActs rotation={rotation} name={name} onLead={onLead} />
        </div>
      ) : null}
    </li>
  );
}

/** Every change there was, newest first, each with its steps. */
export function HistoryPart(): ReactNode {
  const { key, state, open } = route.useSearch();
  const navigate = route.useNavigate();
  const providerName = useProviderName();
  const nameOf = ({ provider, label }: WithSteps): string => nameWithLabel(providerName(provider), label);
  const input = useMemo(() => ({ limit: longest, ...(key === undefined ? {} : { credentialId: key }) }), [key]);
  const history = useOperation('rotation.history', input);
  const shown = history.data?.filter((rotation) => state === undefined || rotation.state === state);
  if (history.error !== null && shown === undefined)
    return (
      <Card>
        <ErrorState title="The history could not be read" error={history.error} onRetry={history.retry} />
      </Card>
    );
  if (shown?.length === 0)
    return (
      <Card>
        <EmptyState
          title={history.data?.length === 0 && key === undefined ? 'No key was changed yet' : 'None is like that'}
          text="Each change of a key appears here, with every step, which key serves, and which still lives."
        />
      </Card>
    );
  return (
    <Card>
      <ul aria-label="Changes">
        {shown?.map((rotation) => (
          <HistoryItem
            key={rotation.id}
            rotation={rotation}
            name={nameOf(rotation)}
            isOpen={open === rotation.id}
            onToggle={() =>
              void navigate({
                search: (before) => ({ ...before, open: open === rotation.id ? undefined : rotation.id }),
                replace: true,
              })
            }
            onLead={() =>
              void navigate({ search: (before) => ({ ...before, dialog: 'rotate', of: rotation.credentialId }) })
            }
          />
        ))}
      </ul>
    </Card>
  );
}
