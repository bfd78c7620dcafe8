import { expect } from 'chai';
import { meetingPoint } from '../../../../shared/protocol/dht/meeting-point.ts';

describe('shared/protocol/dht/meeting-point.ts', () => {
  it('is the SHA-1 of the protocol with its version, and of the domain', () => {
    // printf 'anatomic/2 supernodes' | sha1sum; printf 'anatomic/2 supernodes example.org' | sha1sum
    expect(meetingPoint(undefined)).to.equal('8d6203d6d8872a2f5d83044c5e152ad3a3ce8e1d');
    expect(meetingPoint('example.org')).to.equal('f12fe595f2581dbbf51dcd65b278d5145aa8765a');
  });

  it('does not mind how a domain is written', () => {
    expect(meetingPoint('Example.ORG.')).to.equal(meetingPoint('example.org'));
    expect(meetingPoint('example.net')).not.to.equal(meetingPoint('example.org'));
  });
});
