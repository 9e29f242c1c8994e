import { isLeaving } from '../lib/typing';

/**
 * Gives the focus to a field that the reader has asked for, and keeps it there.
 * A dialog that is still closing hands the focus back to where it was opened
 * when its animation ends, which may be in the middle of a word: what is typed
 * would be lost. Only the reader takes the focus away again, with the pointer
 * or with a key that leaves the field.
 */
export function keepFocus(field: HTMLElement): void {
  const leaving = [...document.querySelectorAll('[role="dialog"]')].some((d) => d.checkVisibility() && isLeaving(d));
  field.focus();
  if (!leaving) return;

  const released = new AbortController();
  const listen = { signal: released.signal, capture: true };
  // Not at the field's own blur: the field would hear that it has the focus before it hears that it lost it.
  window.addEventListener(
    'focusin',
    ({ target, relatedTarget }) => {
      if (relatedTarget !== field) return;
      released.abort();
      // A dialog that opens has the focus for good reason.
      if (target instanceof Element && !target.closest('[role="dialog"]')) field.focus();
    },
    listen,
  );
  window.addEventListener('pointerdown', () => released.abort(), listen);
  window.addEventListener(
    'keydown',
    (e) => {
      if (e.key === 'Tab' || e.key === 'Enter' || e.key === 'Escape') released.abort();
    },
    listen,
  );
}
