const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

const dayAndMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const withYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** How long ago `at` was, both in milliseconds since the epoch: `now`, `8 s ago`, `3 min ago`, `2 h ago`, `yesterday`, `5 days ago`, `23 Oct`. */
export function formatAgo(at: number, now: number): string {
  const seconds = Math.floor((now - at) / 1000);
  if (seconds < 2) return 'now';
  if (seconds < minute) return `${seconds} s ago`;
  if (seconds < hour) return `${Math.floor(seconds / minute)} min ago`;
  if (seconds < day) return `${Math.floor(seconds / hour)} h ago`;
  const days = Math.floor(seconds / day);
  if (days === 1) return 'yesterday';
  if (days < 14) return `${days} days ago`;
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return (isThisYear ? dayAndMonth : withYear).format(at);
}

/** A length of time in words, from seconds: `45 s`, `15 min`, `1 hour`, `12 hours`, `1 h 30 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < minute) return `${seconds} s`;
  if (seconds < hour) return `${Math.round(seconds / minute)} min`;
  const hours = Math.floor(seconds / hour);
  const minutes = Math.round((seconds % hour) / minute);
  if (minutes > 0) return `${hours} h ${minutes} min`;
  return hours === 1 ? '1 hour' : `${hours} hours`;
}

/** What is left of a length of time, from milliseconds: `42 min left`, `30 s left`, `ended`. */
export function formatLeft(milliseconds: number): string {
  if (milliseconds <= 0) return 'ended';
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 90) return `${seconds} s left`;
  const minutes = Math.ceil(seconds / minute);
  if (minutes < 90) return `${minutes} min left`;
  return `${Math.round(minutes / 60)} h left`;
}

/** How far away a time is, from milliseconds: `now`, `in 30 s`, `in 42 min`, `in 9 h`, `in 3 days`. */
export function formatIn(milliseconds: number): string {
  if (milliseconds <= 0) return 'now';
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 90) return `in ${seconds} s`;
  const minutes = Math.ceil(seconds / minute);
  if (minutes < 90) return `in ${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `in ${hours} h` : `in ${Math.round(hours / 24)} days`;
}

/** Minutes and seconds of a countdown, from milliseconds: `0:52`. Never below `0:00`. */
export function formatCountdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Date and time to the second in the person's own time zone, for hovering. */
export function formatExactTime(at: number): string {
  return exact.format(at);
}

/** `23 Oct`. */
export function formatDay(at: number): string {
  return dayAndMonth.format(at);
}

/** `14:05`. */
export function formatClock(at: number): string {
  return clock.format(at);
}

/** Milliseconds as a person reads a latency: `420 ms`, `1.8 s`, `2 min`. */
export function formatLatency(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  return `${Math.round(milliseconds / 60_000)} min`;
}
