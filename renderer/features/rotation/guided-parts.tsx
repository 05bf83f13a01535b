import { Button } from '@mantine/core';
import { IconCheck, IconExternalLink } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { shell } from '#renderer/api/client.ts';
import type { Rotation } from '#shared/model/rotation.ts';
import classes from './guided.module.css';
import { workingSteps } from './guided-words.ts';

const parts = ['Make a new key', 'Move the calls to it', 'End the old key'] as const;

/** Where the person is, of three parts; `at` is 3 when all are behind. */
export function GuidedParts({ at }: { readonly at: number }): ReactNode {
  return (
    <ol className={classes.parts} aria-label="Parts">
      {parts.map((text, index) => (
        <li
          key={text}
          className={classes.part}
          data-state={index < at ? 'done' : index === at ? 'now' : 'later'}
          aria-current={index === at ? 'step' : undefined}
        >
          {text}
        </li>
      ))}
    </ol>
  );
}

interface ClicksProps {
  readonly label: string;
  readonly clicks: readonly string[];
  /** Null where only the server's owner knows the page. */
  readonly page: string | null;
}

/** Where to click, in numbered words, and the button that opens the page. */
export function Clicks({ label, clicks, page }: ClicksProps): ReactNode {
  return (
    <>
      {page === null ? null : (
        <div>
          <Button
            variant="default"
            rightSection={<IconExternalLink size={14} stroke={1.75} aria-hidden="true" />}
            onClick={() => shell('external.open', { url: page }).catch(() => undefined)}
          >
            Open {new URL(page).hostname}
          </Button>
        </div>
      )}
      <ol className={classes.clicks} aria-label={label}>
        {clicks.map((click) => (
          <li key={click}>
            <span>{click}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

/** What goes on by itself, up to where it is. */
export function WorkingSteps({ rotation }: { readonly rotation: Rotation }): ReactNode {
  const found = workingSteps.findIndex(([step]) => step === rotation.step);
  const isBefore = rotation.step === 'plan' || rotation.step === 'create';
  const at = found >= 0 ? found : isBefore ? 0 : workingSteps.length;
  return (
    <ol className={classes.steps} aria-label="Steps">
      {workingSteps.map(([step, text], index) => (
        <li
          key={step}
          data-state={index < at ? 'done' : index === at ? 'now' : 'later'}
          aria-current={index === at ? 'step' : undefined}
        >
          {index < at ? (
            <IconCheck size={14} stroke={2} aria-label="done" />
          ) : (
            <span className={classes.dot} aria-hidden="true" />
          )}
          {text}
        </li>
      ))}
    </ol>
  );
}
