//go:build race

package host

// raceDetector tells whether native code runs ten times slower than it should.
const raceDetector = true
