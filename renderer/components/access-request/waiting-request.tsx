import type { ReactNode } from 'react';
import type { AccessRequest, InboxReason } from '#shared/model/access.ts';
import { shortenPath } from '../format/names.ts';
import { nameScope } from '../format/scope.ts';
import { formatDuration } from '../format/time.ts';
import { RelativeTime } from '../relative-time.tsx';
import { shownToolName } from './identity.ts';
import classes from './waiting-request.module.css';

interface WaitingRequestProps {
  readonly request: AccessRequest;
  providerName(id: string): string;
  /** Opens the request for an answer. */
  onReview(): void;
}

/** `OpenAI chat, Anthropic chat and 2 more`. */
function namesOf(scopes: readonly string[], providerName: (id: string) => string): string {
  const names = scopes.map((scope) => nameScope(scope, providerName));
  if (names.length <= 2) return names.join(' and ');
  return `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
}

const inboxPhrases: Readonly<Record<InboxReason, string>> = {
  background: 'in the background',
  crowded: 'others were first',
  renamed: 'denied under another name',
};

function inboxWords({ inbox }: AccessRequest): string {
  if (inbox === null) return '';
  return `${inboxPhrases[inbox]} \u00b7 `;
}

/** A waiting request in two lines; a click opens it. */
export function WaitingRequest({ request, providerName, onReview }: WaitingRequestProps): ReactNode {
  const folder = request.process?.folder;
  return (
    <button
      type="button"
      className={`${classes.item} ${request.inbox === null ? '' : classes.calm}`}
      onClick={onReview}
    >
      <span className={classes.what}>
        <strong>{shownToolName(request)}</strong> wants {namesOf(request.scopes, providerName)},{' '}
        {request.uses === 1 ? 'once' : formatDuration(request.ttlSeconds)}
      </span>
      <span className={classes.where}>
        {folder ? `${shortenPath(folder)} \u00b7 ` : ''}
        {request.unusual.length > 0 ? 'not as usual \u00b7 ' : ''}
        {request.firstTime ? 'first time seen \u00b7 ' : ''}
        {inboxWords(request)}asked <RelativeTime at={request.createdAt} />
      </span>
    </button>
  );
}
