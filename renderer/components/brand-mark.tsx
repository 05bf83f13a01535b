import type { ReactNode } from 'react';

/** Tollkeeper's mark: a gate with its portcullis half down, in the current text colour. */
export function BrandMark({ size = 18 }: { readonly size?: number }): ReactNode {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 18 18"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      aria-hidden="true"
    >
      <path d="M1.8 17V8.6a7.2 7.2 0 0 1 14.4 0V17" strokeLinecap="round" />
      <path d="M5.4 9.6V17M9 9.6V17M12.6 9.6V17M1.8 11.4h14.4" strokeLinecap="round" />
    </svg>
  );
}
