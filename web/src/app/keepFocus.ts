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
  // The field does not hear of the short absence: a list of suggestions that was
  // about to close, and then was not, shows no later answers.
  let taken = false;
  window.addEventListener(
    'focusout',
    (e) => {
      // Another window, or a dialog that opens, has the focus for good reason.
      taken = e.target === field && e.relatedTarget instanceof Element && !e.relatedTarget.closest('[role="dialog"]');
      if (taken) e.stopImmediatePropagation();
    },
    listen,
  );
  window.addEventListener(
    'focusin',
    (e) => {
      if (!taken) return;
      released.abort();
      e.stopImmediatePropagation();
      field.focus();
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
