// Owns the colours that charts take from the style sheet: of the scheme that holds, light or dark.
import { useEffect, useMemo, useState } from 'preact/hooks';

/** Colours for a chart; another object when the scheme changes. */
export function useScheme() {
  const [dark, setDark] = useState(() => query().matches);
  useEffect(() => {
    const media = query();
    const changed = (): void => setDark(media.matches);
    media.addEventListener('change', changed);
    return () => media.removeEventListener('change', changed);
  }, []);
  return useMemo(() => {
    const style = getComputedStyle(document.documentElement);
    const value = (name: string): string => style.getPropertyValue(name).trim();
    return {
      dark,
      text: value('--dim'),
      line: value('--line'),
      fills: { good: value('--good-fill'), doubt: value('--doubt-fill'), other: value('--other-fill') },
      strong: { accent: value('--accent'), warn: value('--warn'), good: value('--good') },
    };
  }, [dark]);
}

function query(): MediaQueryList {
  return matchMedia('(prefers-color-scheme: dark)');
}
