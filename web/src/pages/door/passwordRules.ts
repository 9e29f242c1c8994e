import type { FormRule } from 'antd';
import type { TFunction } from 'i18next';

/** The shortest password that is accepted, in characters. The server has the last word. */
export const shortestPassword = 10;

export function passwordRules(t: TFunction): FormRule[] {
  return [
    { required: true, message: t('field.required') },
    { min: shortestPassword, message: t('door.passwordShort', { count: shortestPassword }) },
  ];
}
