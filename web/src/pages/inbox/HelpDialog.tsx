import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';

export const keys: readonly (readonly [string, string])[] = [
  ['j', 'next'],
  ['k', 'previous'],
  ['Enter', 'open'],
  ['r', 'reply'],
  ['n', 'note'],
  ['/', 'quick'],
  ['a', 'assign'],
  ['t', 'transfer'],
  ['e', 'resolve'],
  ['p', 'pending'],
  ['z', 'snooze'],
  ['u', 'back'],
  ['i', 'panel'],
  ['f', 'search'],
  ['1 2 3', 'tabs'],
  ['Esc', 'leave'],
  ['?', 'help'],
];

/** Every key of the inbox. */
export function HelpDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={t('inbox.keys.title')} width={440}>
      <table className="fp-keys">
        <tbody>
          {keys.map(([key, what]) => (
            <tr key={key}>
              <td>
                {key.split(' ').map((k) => (
                  <kbd key={k}>{k}</kbd>
                ))}
              </td>
              <td>{t(`inbox.keys.${what}`)}</td>
            </tr>
          ))}
          <tr>
            <td>
              <kbd>g</kbd> …
            </td>
            <td>{t('inbox.keys.go')}</td>
          </tr>
        </tbody>
      </table>
    </Modal>
  );
}
