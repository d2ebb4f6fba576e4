// The frame around the views of the page: the way to the content, the mark, the way to each view. It must not know what a
// view shows.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Mark } from './mark.js';

/** A view, where it is, and whether it is the one that is shown. */
export interface FrameLink {
  readonly label: string;
  readonly href: string;
  readonly current: boolean;
}

/** The frame. @param beside What stands beside the views; @param above What comes before the content. */
export function Frame({
  links,
  beside,
  above,
  children,
}: {
  readonly links: readonly FrameLink[];
  readonly beside?: JSX.Element;
  readonly above?: JSX.Element;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <div class="brand">
          <Mark />
          <strong>lq-stream</strong>
        </div>
        <nav aria-label="Views">
          {links.map(({ label, href, current }) => (
            <a key={label} href={href} aria-current={current ? 'page' : undefined}>
              {label}
            </a>
          ))}
        </nav>
        {beside}
      </header>
      {above}
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

/** What the address names after `#`, as `read` understands it, whenever it changes; `title` names the page by it. */
export function usePlace<T>(read: () => T, title: (place: T) => string): T {
  const [place, setPlace] = useState(read);
  useEffect(() => {
    const changed = (): void => setPlace(read());
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  useEffect(() => {
    document.title = `${title(place)} - lq-stream`;
  }, [place]);
  return place;
}
