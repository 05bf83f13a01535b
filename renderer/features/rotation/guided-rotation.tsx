import { Button, Modal } from '@mantine/core';
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviders } from '#renderer/api/use-providers.ts';
import { ErrorState } from '#renderer/components/error-state.tsx';
import { ResetTime } from '#renderer/components/relative-time.tsx';
import type { Rotation, RotationOverview } from '#shared/model/rotation.ts';
import { describeRotation } from '#shared/policy/describe-rotation.ts';
import classes from './guided.module.css';
import { GuidedEndKey } from './guided-end-key.tsx';
import { GuidedGiveKey } from './guided-give-key.tsx';
import { GuidedParts, WorkingSteps } from './guided-parts.tsx';
import { adviceForEnded, type GuidedPhase, guideOf, partOf, phaseOf } from './guided-words.ts';

interface GuidedRotationProps {
  readonly credentialId: string;
  /** The dialog is to go away; what was begun goes on, or waits. */
  onClose(): void;
}

interface PhaseProps {
  readonly overview: RotationOverview;
  /** The change that the dialog is about; null before it began. */
  readonly rotation: Rotation | null;
  onClose(): void;
}

interface EndingProps {
  readonly rotation: Rotation;
  readonly providerName: string;
}

function Intro({ overview, providerName, onClose }: Omit<PhaseProps, 'rotation'> & { readonly providerName: string }) {
  const start = useAct('rotation.start', { showsErrors: true });
  return (
    <div className={classes.body}>
      <p>
        {overview.method === 'by-hand'
          ? `${providerName} has no API that makes keys, so you make the new one on its page.`
          : `You make the new key at ${providerName} yourself.`}{' '}
        Tollkeeper tries it, moves every call to it without one that fails, and watches until the old key{' '}
        <span className={classes.key}>{overview.fingerprint}</span> is refused.
      </p>
      <p className={classes.quiet}>You can close this at any time and go on later, also after a restart.</p>
      {start.error === null ? null : <ErrorState error={start.error} title="The change could not begin" />}
      <div className={classes.foot}>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          loading={start.isRunning}
          onClick={() => void start.run({ credentialId: overview.credentialId, guided: true })}
          data-autofocus
        >
          Begin
        </Button>
      </div>
    </div>
  );
}

function Working({ rotation, onClose }: { readonly rotation: Rotation; onClose(): void }): ReactNode {
  return (
    <div className={classes.body}>
      <WorkingSteps rotation={rotation} />
      <p className={classes.quiet} role="status">
        {rotation.waitingFor === null ? '' : `It waits for ${rotation.waitingFor}. `}You can close this: it goes on by
        itself, and tells you when the old key can be deleted.
      </p>
      <div className={classes.foot}>
        <Button variant="default" onClick={onClose} data-autofocus>
          Close
        </Button>
      </div>
    </div>
  );
}

/** What the provider's API does with the old key. */
function Ending({
  rotation,
  providerName,
  onClose,
}: Omit<PhaseProps, 'overview' | 'rotation'> & EndingProps): ReactNode {
  const { oldKey, resumeAt } = rotation;
  return (
    <div className={classes.body}>
      <p role="status">
        {oldKey.state === 'disabled' ? (
          <>
            The old key <span className={classes.key}>{oldKey.fingerprint}</span> is disabled at {providerName}
            {resumeAt === null ? '.' : ', and destroyed '}
            {resumeAt === null ? null : <ResetTime at={resumeAt} />}
            {resumeAt === null ? '' : '. Until then you can roll back.'}
          </>
        ) : (
          `The old key is disabled through the API of ${providerName}.`
        )}
      </p>
      <div className={classes.foot}>
        <Button variant="default" onClick={onClose} data-autofocus>
          Close
        </Button>
      </div>
    </div>
  );
}

/** What is true when it failed, went back or is over, and what is left to do. */
function Outcome({ rotation, providerName, onClose }: EndingProps & { onClose(): void }): ReactNode {
  const { state, serving, living } = describeRotation(rotation);
  const proceed = useAct('rotation.continue');
  const rollBack = useAct('rotation.rollBack');
  const advice = adviceForEnded(rotation);
  const isStopped = rotation.state === 'stopped';
  return (
    <div className={classes.body}>
      <div role="status">
        {rotation.state === 'done' ? null : <p className={classes.heading}>{state}</p>}
        <p>
          {serving} {living}
          {rotation.oldKey.state === 'revoked' ? `${providerName} refuses the old one.` : ''}
        </p>
      </div>
      {advice === '' ? null : <p className={classes.notice}>{advice}</p>}
      <div className={classes.foot}>
        {isStopped ? (
          <>
            <Button variant="default" onClick={() => void rollBack.run({ id: rotation.id })}>
              Go back to the old key
            </Button>
            <Button loading={proceed.isRunning} onClick={() => void proceed.run({ id: rotation.id })} data-autofocus>
              Try again
            </Button>
          </>
        ) : (
          <Button onClick={onClose} data-autofocus>
            Done
          </Button>
        )}
      </div>
    </div>
  );
}

function Phase({ overview, rotation, onClose }: PhaseProps): ReactNode {
  const provider = useProviders().find(({ id }) => id === overview.provider);
  const providerName = provider?.name ?? overview.provider;
  const guide = guideOf(overview.provider);
  const phase = phaseOf(rotation);
  if (rotation === null || phase === 'intro') return <Intro {...{ overview, providerName, onClose }} />;
  switch (phase) {
    case 'preparing':
      return (
        <p className={classes.quiet} role="status">
          Looking for the present key at {providerName}…
        </p>
      );
    case 'give-key':
      return <GuidedGiveKey {...{ rotation, guide, providerName, onClose }} example={provider?.keyExample ?? null} />;
    case 'working':
      return <Working rotation={rotation} onClose={onClose} />;
    case 'ending':
      return <Ending {...{ rotation, providerName, onClose }} />;
    case 'end-key':
    case 'checking':
      return <GuidedEndKey {...{ rotation, guide, providerName }} isChecking={phase === 'checking'} />;
    case 'troubled':
    case 'ended':
      return <Outcome {...{ rotation, providerName, onClose }} />;
  }
}

/** The change that is under way, or the one that this dialog saw before it ended. */
function useShownRotation(overview: RotationOverview | undefined): Rotation | null {
  const [seen, setSeen] = useState<string | null>(null);
  const current = overview?.current ?? null;
  if (current !== null && current.id !== seen) setSeen(current.id);
  if (current !== null) return current;
  return overview?.last?.id === seen ? (overview?.last ?? null) : null;
}

/** Keeps the focus in the dialog when what had it goes away with its phase. */
function useFocusKept(phase: GuidedPhase): RefObject<HTMLDivElement | null> {
  const place = useRef<HTMLDivElement>(null);
  const before = useRef(phase);
  useEffect(() => {
    if (before.current === phase) return;
    before.current = phase;
    if (document.activeElement === document.body) place.current?.focus();
  }, [phase]);
  return place;
}

/** Leads a person through the change of a key that no API makes: make it, paste it, delete the old one. */
export function GuidedRotation({ credentialId, onClose }: GuidedRotationProps): ReactNode {
  const { data, error } = useOperation('rotation.list', {});
  const overview = data?.find((each) => each.credentialId === credentialId);
  const rotation = useShownRotation(overview);
  const phase = phaseOf(rotation);
  const place = useFocusKept(phase);
  return (
    <Modal
      opened
      onClose={onClose}
      title={overview === undefined ? 'Change a key' : `Change the key “${overview.label}”`}
      size={520}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <div className={classes.body}>
        {error === null ? null : <ErrorState error={error} title="The key could not be shown" />}
        {overview === undefined ? null : (
          <>
            <GuidedParts at={partOf(phase)} />
            <div ref={place} className={classes.phase} tabIndex={-1}>
              <Phase key={phase} overview={overview} rotation={rotation} onClose={onClose} />
            </div>
          </>
        )}
      </div>
    </Modal>
  );
}
