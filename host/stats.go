package host

import "time"

// Stats counts what a [Core] did since it was opened. It needs no metrics library: read it as often as you like and export it
// with the one you have.
type Stats struct {
	Calls    uint64 // operations run, whatever their end
	Waits    uint64 // callers that found no free instance; if it grows fast, raise [PoolSize]
	Started  uint64 // instances started, the first one included
	Replaced uint64 // instances thrown away because they trapped or grew above [RetainLimit]
}

// Stats reads the counters. They are exact, but not read all at the same instant.
func (c *Core) Stats() Stats {
	return Stats{
		Calls:    c.calls.Load(),
		Waits:    c.waits.Load(),
		Started:  c.instantiated.Load(),
		Replaced: c.replaced.Load(),
	}
}

// Observation is one finished [Core.Call]. It holds nothing of the input or the reply but their sizes.
type Observation struct {
	Operation string
	Waited    time.Duration // for a free instance, starting one included
	Ran       time.Duration
	InputSize int   // bytes
	ReplySize int   // bytes
	Replaced  bool  // the instance was thrown away afterwards
	Err       error // what Call returned
}
