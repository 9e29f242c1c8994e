import { CopyOutlined } from '@ant-design/icons';
import { App, Button, Input, Space } from 'antd';
import { useTranslation } from 'react-i18next';

/** A link or key that is shown once, with a button that copies it. */
export function SecretBox({ value, label }: { value: string; label: string }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      message.success(t('common.copied'));
    } catch {
      message.warning(t('common.copyByHand'));
    }
  };
  return (
    <Space.Compact block>
      <Input value={value} readOnly aria-label={label} onFocus={(e) => e.target.select()} />
      <Button icon={<CopyOutlined />} onClick={() => void copy()}>
        {t('common.copy')}
      </Button>
    </Space.Compact>
  );
}
