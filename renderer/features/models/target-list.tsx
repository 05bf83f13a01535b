import { ActionIcon, Autocomplete, Button, Select } from '@mantine/core';
import { IconChevronDown, IconChevronUp, IconGripVertical, IconX } from '@tabler/icons-react';
import { type DragEvent, type KeyboardEvent, type ReactNode, useState } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviders } from '#renderer/api/use-providers.ts';
import { addTarget, moveTarget, type TargetFields } from './alias-draft.ts';
import classes from './models.module.css';

interface TargetListProps {
  readonly targets: readonly TargetFields[];
  /** What is wrong with them, if it is to be said. */
  readonly problem: string | undefined;
  onChange(targets: readonly TargetFields[]): void;
}

interface TargetRowProps {
  readonly target: TargetFields;
  readonly index: number;
  readonly count: number;
  readonly isDragged: boolean;
  onChange(change: Partial<TargetFields>): void;
  onMove(to: number): void;
  onRemove(): void;
  onDrag(index: number | null): void;
}

const icon = { size: 14, stroke: 2, 'aria-hidden': true } as const;

function ModelFields({ target, index, onChange }: Pick<TargetRowProps, 'target' | 'index' | 'onChange'>): ReactNode {
  const providers = useProviders();
  const credentials = useOperation('credential.list', {}).data ?? [];
  const withKey = new Set(credentials.map(({ provider }) => provider));
  const names = new Map(providers.map(({ id, name }) => [id, name]));
  const known = [...new Set([...withKey, ...names.keys()])];
  const models = credentials
    .filter(({ provider }) => provider === target.provider)
    .flatMap(({ verification }) => verification?.models ?? []);
  return (
    <>
      <Select
        aria-label={`Provider ${index + 1}`}
        placeholder="Provider"
        data={known.map((id) => ({ value: id, label: names.get(id) ?? id }))}
        value={target.provider}
        onChange={(provider) => onChange({ provider })}
        searchable
      />
      <Autocomplete
        aria-label={`Model ${index + 1}`}
        placeholder="Model"
        data={[...new Set(models)]}
        value={target.model}
        onChange={(model) => onChange({ model })}
        limit={50}
        openOnFocus={false}
      />
    </>
  );
}

function TargetRow(props: TargetRowProps): ReactNode {
  const { index, count, isDragged, onMove, onRemove, onDrag } = props;
  const number = index + 1;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
    event.preventDefault();
    onMove(event.key === 'ArrowUp' ? index - 1 : index + 1);
  };
  const onDragOver = (event: DragEvent): void => {
    event.preventDefault();
    onMove(index);
  };
  return (
    <li className={classes.target} data-dragged={isDragged} onKeyDown={onKeyDown} onDragOver={onDragOver}>
      <button
        type="button"
        className={classes.grip}
        aria-label={`Place ${number}: Alt and an arrow key move it`}
        draggable
        onDragStart={() => onDrag(index)}
        onDragEnd={() => onDrag(null)}
        title="Drag to another place"
      >
        <IconGripVertical {...icon} />
        {number}
      </button>
      <ModelFields {...props} />
      <span className={classes.moves}>
        <ActionIcon size="sm" aria-label={`Move ${number} up`} disabled={index === 0} onClick={() => onMove(index - 1)}>
          <IconChevronUp {...icon} />
        </ActionIcon>
        <ActionIcon
          size="sm"
          aria-label={`Move ${number} down`}
          disabled={index === count - 1}
          onClick={() => onMove(index + 1)}
        >
          <IconChevronDown {...icon} />
        </ActionIcon>
        <ActionIcon size="sm" aria-label={`Remove ${number}`} disabled={count === 1} onClick={onRemove}>
          <IconX {...icon} />
        </ActionIcon>
      </span>
    </li>
  );
}

/** The models of an alias, best first: moved by dragging, with the arrows, or with Alt and an arrow key. */
export function TargetList({ targets, problem, onChange }: TargetListProps): ReactNode {
  const [dragged, setDragged] = useState<number | null>(null);
  const move = (from: number, to: number): void => {
    if (dragged !== null) setDragged(to);
    onChange(moveTarget(targets, from, to));
  };
  return (
    <div>
      <div className={classes.label}>Models, best first</div>
      <ol className={classes.targets} aria-label="Models, best first">
        {targets.map((target, index) => (
          <TargetRow
            key={target.key}
            target={target}
            index={index}
            count={targets.length}
            isDragged={dragged === index}
            onChange={(change) =>
              onChange(targets.map((each) => (each.key === target.key ? { ...each, ...change } : each)))
            }
            onMove={(to) => move(dragged ?? index, to)}
            onRemove={() => onChange(targets.filter((each) => each.key !== target.key))}
            onDrag={setDragged}
          />
        ))}
      </ol>
      {problem === undefined ? null : (
        <p className={classes.problem} role="alert">
          {problem}
        </p>
      )}
      <Button size="compact-sm" variant="default" mt="sm" onClick={() => onChange(addTarget(targets))}>
        Add another to fall back on
      </Button>
    </div>
  );
}
