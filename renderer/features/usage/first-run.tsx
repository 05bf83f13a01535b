import { Button } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Card } from '#renderer/components/card.tsx';
import { CopyButton } from '#renderer/components/copy-button.tsx';
import classes from './first-run.module.css';

const firstCall = 'toll run -- claude';

interface StepProps {
  readonly number: number;
  readonly isDone: boolean;
  readonly isNext: boolean;
  readonly title: string;
  readonly text: string;
  readonly children: ReactNode;
}

function Step({ number, isDone, isNext, title, text, children }: StepProps): ReactNode {
  return (
    <li className={classes.step} data-done={isDone} data-next={isNext} aria-current={isNext ? 'step' : undefined}>
      <span className={classes.mark} role="img" aria-label={isDone ? `Step ${number}, done` : `Step ${number}`}>
        {isDone ? <IconCheck size={14} stroke={2.5} aria-hidden="true" /> : number}
      </span>
      <div className={classes.words}>
        <h2>{title}</h2>
        <p>{text}</p>
      </div>
      <div className={classes.act}>{isDone ? null : children}</div>
    </li>
  );
}

interface FirstRunProps {
  readonly hasKey: boolean;
  readonly hasTool: boolean;
}

/** The three steps of a first start; stands on the overview until the first call has gone through. */
export function FirstRun({ hasKey, hasTool }: FirstRunProps): ReactNode {
  const variantOf = (isNext: boolean): 'filled' | 'default' => (isNext ? 'filled' : 'default');
  return (
    <Card>
      <div className={classes.intro}>
        <p className={classes.headline}>Three steps to the first call</p>
        <p>Keys stay in the keychain. Tools get a short-lived token, after you said yes.</p>
      </div>
      <ol>
        <Step
          number={1}
          isDone={hasKey}
          isNext={!hasKey}
          title="Add a key"
          text="Paste a key of OpenAI, Anthropic, Gemini or another provider. It is tried once, then never shown again."
        >
          <Button
            variant={variantOf(!hasKey)}
            renderRoot={(props) => <Link to="/keys" search={{ add: '' }} {...props} />}
          >
            Add a key
          </Button>
        </Step>
        <Step
          number={2}
          isDone={hasTool}
          isNext={hasKey && !hasTool}
          title="Connect a tool"
          text="Copy two lines into its settings, or start it with toll run. It asks for access; you answer the prompt."
        >
          <Button variant={variantOf(hasKey && !hasTool)} renderRoot={(props) => <Link to="/connect" {...props} />}>
            Connect a tool
          </Button>
        </Step>
        <Step
          number={3}
          isDone={false}
          isNext={hasKey && hasTool}
          title="See the first request arrive"
          text="Make any call with the tool. It appears here at once, with its tokens and cost."
        >
          <span className={classes.command}>
            <code>{firstCall}</code>
            <CopyButton text={firstCall} label="Copy the command" iconOnly />
          </span>
        </Step>
      </ol>
    </Card>
  );
}
