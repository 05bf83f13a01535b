import { IconChevronRight } from '@tabler/icons-react';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import type { AccessRequest, Approval } from '#shared/model/access.ts';
import { formatCountdown } from '../format/time.ts';
import { useNow } from '../format/use-now.ts';
import { keyName } from '../shortcut.tsx';
import classes from './access-request.module.css';
import { allowedScopes, type Decision, initialDecision, isConfirmed, toApproval } from './decision.ts';
import { parentChain, plainText, shownToolName } from './identity.ts';
import { RequestAsks } from './request-asks.tsx';
import { channelWords } from './request-channel.ts';
import { RequestDetails } from './request-details.tsx';
import { RequestHold } from './request-hold.tsx';
import { RequestIdentity } from './request-identity.tsx';
import { UnusualNotice } from './unusual-notice.tsx';
import { useMinimumTime } from './use-minimum-time.ts';

interface AccessRequestCardProps {
  readonly request: AccessRequest;
  /** Level of the title: the prompt's own is the first on its page. */
  readonly heading?: 'h1' | 'h2';
  /** False until the request is known to be on screen; the minimum time begins then. */
  readonly isOnScreen?: boolean;
  readonly canLockDetect: boolean;
  /** True while an answer is on its way. */
  readonly isAnswering: boolean;
  /** Why the last answer failed; null otherwise. */
  readonly failure: string | null;
  providerName(id: string): string;
  onAllow(approval: Approval): void;
  onDeny(): void;
  /** Denies and keeps a standing policy that denies from now on. */
  onDenyAlways(): void;
}

function summaryOf(request: AccessRequest): string {
  const parts = [
    parentChain(request),
    request.process === null ? 'program not known' : `pid ${request.process.pid}`,
    request.purpose === null ? '' : `says: \u201c${plainText(request.purpose)}\u201d`,
  ];
  return parts.filter((part) => part !== '').join(' \u00b7 ');
}

interface AnswerKeys {
  readonly canAnswer: boolean;
  readonly canAllow: boolean;
  allow(): void;
  deny(): void;
  toggleDetails(): void;
}

function useAnswerKeys(keys: AnswerKeys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.repeat || event.ctrlKey || event.metaKey) return;
      const { canAnswer, canAllow, allow, deny, toggleDetails } = latest.current;
      const isTyping = event.target instanceof HTMLInputElement && event.target.inputMode !== '';
      if (event.altKey && event.code === 'KeyA' && canAllow) allow();
      else if (event.altKey && event.code === 'KeyD' && canAnswer) deny();
      else if (!event.altKey && event.code === 'KeyD' && !isTyping) toggleDetails();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}

function Countdown({ expiresAt }: { readonly expiresAt: string }): ReactNode {
  const now = useNow(250);
  return (
    <span className={classes.countdown} role="timer" aria-live="off" title="No answer in time means no">
      No in {formatCountdown(Date.parse(expiresAt) - now)}
    </span>
  );
}

/** One waiting request and its answer: who, the code, what, how much, how long. Give it the request's id as its key. */
export function AccessRequestCard(props: AccessRequestCardProps): ReactNode {
  const {
    request,
    heading = 'h1',
    isOnScreen = true,
    canLockDetect,
    isAnswering,
    failure,
    providerName,
    onAllow,
    onDeny,
    onDenyAlways,
  } = props;
  const [decision, setDecision] = useState<Decision>(() => initialDecision(request));
  const [showsDetails, setShowsDetails] = useState(false);
  const titleId = useId();
  const detailsId = useId();
  const isReady = useMinimumTime(isOnScreen ? request.id : null);
  const canAnswer = isReady && !isAnswering;
  const canAllow = canAnswer && allowedScopes(request, decision).length > 0 && isConfirmed(request, decision);
  const allow = (): void => onAllow(toApproval(request, decision));
  const toggleDetails = (): void => setShowsDetails((shown) => !shown);
  useAnswerKeys({ canAnswer, canAllow, allow, deny: onDeny, toggleDetails });
  return (
    <section aria-labelledby={titleId} data-request-id={request.id} data-answerable={canAnswer}>
      <p className={classes.spoken} aria-live="assertive">
        {shownToolName(request)} asks for access
      </p>
      <RequestIdentity request={request} titleId={titleId} heading={heading} />
      <div className={classes.code}>
        <span>{channelWords[request.channel].question}</span>
        <code>{request.userCode}</code>
      </div>
      <RequestAsks request={request} decision={decision} onChange={setDecision} providerName={providerName} />
      <RequestHold request={request} decision={decision} canLockDetect={canLockDetect} onChange={setDecision} />
      <UnusualNotice
        request={request}
        typed={decision.typed}
        onType={(typed) => setDecision((latest) => ({ ...latest, typed }))}
      />
      <div className={classes.answers}>
        <button
          type="button"
          className={classes.answer}
          disabled={!canAnswer}
          onClick={onDeny}
          title={`${keyName('Alt')}+D`}
        >
          Deny
        </button>
        <button
          type="button"
          className={`${classes.answer} ${classes.allow}`}
          disabled={!canAllow}
          onClick={allow}
          title={`${keyName('Alt')}+A`}
        >
          Allow
        </button>
      </div>
      {failure === null ? null : (
        <p className={classes.failure} role="alert">
          {failure}
        </p>
      )}
      <div className={classes.foot}>
        <button
          type="button"
          className={classes.more}
          aria-expanded={showsDetails}
          aria-controls={detailsId}
          title="Details (D)"
          onClick={toggleDetails}
        >
          <IconChevronRight size={12} stroke={2} className={classes.chevron} aria-hidden="true" />
          <span>{summaryOf(request)}</span>
        </button>
        <Countdown expiresAt={request.expiresAt} />
      </div>
      {showsDetails ? (
        <RequestDetails
          id={detailsId}
          request={request}
          decision={decision}
          canAnswer={canAnswer}
          onChange={setDecision}
          onDenyAlways={onDenyAlways}
        />
      ) : null}
    </section>
  );
}
