import { Button, ScrollArea } from '@mantine/core';
import type { ReactNode } from 'react';
import { KeyValue } from '#renderer/components/key-value.tsx';
import { Pill } from '#renderer/components/pill.tsx';
import type { Credential, Verification } from '#shared/model/credential.ts';
import classes from './keys.module.css';

const outcomes = {
  accepted: { tone: 'teal', text: 'Accepted' },
  rejected: { tone: 'red', text: 'Refused' },
  unreachable: { tone: 'amber', text: 'Not reachable' },
  skipped: { tone: 'neutral', text: 'Not tried' },
} as const satisfies Record<Verification['outcome'], { tone: 'teal' | 'red' | 'amber' | 'neutral'; text: string }>;

/** How trying a key ended, as a pill. */
export function OutcomePill({ verification }: { readonly verification: Verification | null }): ReactNode {
  const { tone, text } = outcomes[verification?.outcome ?? 'skipped'];
  return (
    <Pill tone={tone} title={verification?.message ?? 'The key was stored without a call to its provider'}>
      {text}
    </Pill>
  );
}

interface AddedKeyProps {
  readonly credential: Credential;
  readonly providerName: string;
  onDone(): void;
}

/** What trying a new key found: the account and the models it reaches. */
export function AddedKey({ credential, providerName, onDone }: AddedKeyProps): ReactNode {
  const { verification } = credential;
  const models = verification?.models ?? [];
  return (
    <div className={classes.found}>
      <KeyValue
        facts={[
          ['Provider', providerName],
          ['Key', <code key="key">{credential.fingerprint}</code>],
          ['Tried', <OutcomePill key="outcome" verification={verification} />],
          ...(verification?.account == null ? [] : [['Account', verification.account] as const]),
          ['Models', models.length === 0 ? 'The provider lists none' : `${models.length} can be reached`],
        ]}
      />
      {models.length === 0 ? null : (
        <ScrollArea.Autosize
          mah={168}
          type="auto"
          className={classes.models}
          viewportProps={{ tabIndex: 0, 'aria-label': 'Models', role: 'region' }}
        >
          <ul>
            {models.map((model) => (
              <li key={model}>{model}</li>
            ))}
          </ul>
        </ScrollArea.Autosize>
      )}
      <div className={classes.foot}>
        <Button onClick={onDone} data-autofocus>
          Done
        </Button>
      </div>
    </div>
  );
}
