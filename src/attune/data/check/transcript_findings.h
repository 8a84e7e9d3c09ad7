#pragma once

#include "attune/data/audio/audio_parts.h"
#include "attune/data/check/audio_findings.h"
#include "attune/data/check/finding.h"

namespace attune {

// What transcripts tell, each a finding where there is something to tell.

/// Characters that the vocabulary has no symbol for (or, without one, those of other parts that the
/// training part has not), with their counts.
void find_unknown_characters(const AudioParts& parts, const CtcVocabulary* vocabulary,
                             DataCheck& check);

/// Characters that the training part has once or twice among a thousand and more: slips, mostly.
void find_rare_characters(const AudioParts& parts, DataCheck& check);

/// Transcripts that many clips share, and those of other parts that are learnt from too.
void find_frequent_transcripts(const AudioParts& parts, DataCheck& check);

/// Clips with far more or far fewer characters a second than the others: their transcripts are of
/// other clips, or cut. Far is more than six times the median deviation from the median (of
/// logarithms), and a factor of 2.5 at least. Of fewer than 20 clips nothing is said.
void find_odd_paces(const AudioParts& parts, DataCheck& check);

}  // namespace attune
