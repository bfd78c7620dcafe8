import { expect } from 'chai';
import { createSigner } from '../../../../shared/platform/keys.ts';
import { appoint, checkOperator } from '../../../../shared/protocol/records/operator.ts';
import { expectRefusal } from '../../../helpers/hostile-messages.ts';

const operator = createSigner(Buffer.alloc(32, 1));
const node = createSigner(Buffer.alloc(32, 2));
const other = createSigner(Buffer.alloc(32, 3));

describe('shared/protocol/records/operator.ts', () => {
  it('signs a line and the 32 bytes of the node', () => {
    const { id, signature } = appoint(node.id, operator);
    const line = Buffer.concat([Buffer.from('anatomic/2 operator\n'), Buffer.from(node.id, 'hex')]);
    expect(id).to.equal(operator.id);
    expect(signature).to.equal(Buffer.from(operator.sign(line)).toString('hex'));
  });

  it('takes the operator who signed for the node', () => {
    expect(() => checkOperator(node.id, appoint(node.id, operator))).not.to.throw();
  });

  it('refuses a signature for another node, of another operator, or changed', () => {
    const appointment = appoint(node.id, operator);
    expectRefusal(() => checkOperator(other.id, appointment), 'operator');
    expectRefusal(() => checkOperator(node.id, { ...appointment, id: other.id }), 'operator');
    const signature = `${appointment.signature.startsWith('00') ? '01' : '00'}${appointment.signature.slice(2)}`;
    expectRefusal(() => checkOperator(node.id, { ...appointment, signature }), 'operator');
  });

  it('refuses an operator whose key anybody can sign for', () => {
    const neutral = `01${'00'.repeat(31)}`;
    expectRefusal(() => checkOperator(node.id, { id: neutral, signature: neutral + '00'.repeat(32) }), 'key');
  });
});
