import { Typography } from 'antd';

/** An address that is copied by one click. */
export function CopyText({ text }: { text: string }) {
  return (
    <Typography.Text className="fp-copy fp-small" copyable={{ text }} ellipsis title={text}>
      {text.replace(/^https?:\/\//, '')}
    </Typography.Text>
  );
}
