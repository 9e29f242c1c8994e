import type { FormInstance } from 'antd';
import { asProblem } from '../../api/problem';

/** Puts the server's field errors beside fields, nested ones as "body.spec.title" too. */
export function nestErrors(form: FormInstance, error: unknown): void {
  for (const field of asProblem(error).fields) {
    const name = field.location.replace(/^body\./, '').split('.');
    if (form.getFieldInstance(name) || form.getFieldValue(name) !== undefined) form.setFields([{ name, errors: [field.message] }]);
  }
}
