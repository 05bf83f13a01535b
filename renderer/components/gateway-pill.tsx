import type { ReactNode } from 'react';
import type { Status } from '#shared/contract/status.ts';
import { CopyButton } from './copy-button.tsx';
import classes from './gateway-pill.module.css';

type GatewayState = Status['gateway']['state'];

const states: Readonly<
  Record<GatewayState, { readonly dot: 'running' | 'waiting' | 'failed' | 'dot'; readonly text: string }>
> = {
  running: { dot: 'running', text: 'Gateway running' },
  starting: { dot: 'dot', text: 'Gateway starting' },
  restarting: { dot: 'waiting', text: 'Gateway restarting' },
  paused: { dot: 'waiting', text: 'Gateway paused' },
  failed: { dot: 'failed', text: 'Gateway failed' },
  stopped: { dot: 'dot', text: 'Gateway stopped' },
};

/** The gateway's state and address, with a button that copies it. */
export function GatewayPill({ gateway }: { readonly gateway: Status['gateway'] }): ReactNode {
  const state = states[gateway.state];
  return (
    <div className={classes.pill} title={state.text}>
      <span className={`${classes.dot} ${classes[state.dot]}`} role="img" aria-label={state.text} />
      {gateway.url === null || gateway.state !== 'running' ? (
        <span>{state.text.replace('Gateway ', '')}</span>
      ) : (
        <code>{gateway.url}</code>
      )}
      {gateway.url === null ? (
        <span className={classes.state} />
      ) : (
        <CopyButton text={gateway.url} label="Copy the gateway URL" />
      )}
    </div>
  );
}
