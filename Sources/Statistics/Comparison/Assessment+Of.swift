extension Assessment {
  /// Compares one measure over all stages with a split in which both cohorts have traffic, and judges it.
  static func of(
    _ measure: Measure, strata: [Stratum], settings: GuardrailSettings, elapsedSeconds: Double
  ) -> Assessment {
    var assessment = Assessment(measure, margin: settings.margin(of: measure))
    let stages = WeightedStages(strata, units: measure.denominator)
    guard let estimates = stages.estimates(of: measure) else {
      assessment.legacy = Self.crude(measure, strata.map(\.tally.legacy.clusters))
      assessment.unified = Self.crude(measure, strata.map(\.tally.unified.clusters))
      assessment.shortage =
        WeightedStages(strata, units: .requests).isEmpty ? .oneCohortOnly : .nothingMeasured
      return assessment
    }
    assessment.legacy = estimates.legacy.ratio
    assessment.unified = estimates.unified.ratio
    guard !measure.isRelative || estimates.legacy.ratio > 0 else {
      assessment.shortage = .nothingMeasured
      assessment.noteAbsence(estimates, strata, settings)
      return assessment
    }
    let contrast = Contrast(
      legacy: estimates.legacy, unified: estimates.unified, unitVariance: stages.unitVariance(of: measure),
      measure: measure)
    assessment.difference = contrast.difference
    assessment.shortage = Self.shortage(contrast, settings)
    if assessment.shortage == nil {
      assessment.judge(contrast, settings.sequence, elapsedSeconds: elapsedSeconds)
    }
    return assessment
  }

  /// No server reports the measure if no response did, of either cohort and in any stage, and there were enough to say.
  private mutating func noteAbsence(
    _ estimates: (legacy: RatioEstimate, unified: RatioEstimate), _ strata: [Stratum], _ settings: GuardrailSettings
  ) {
    let isReported = strata.contains { stratum in
      [stratum.tally.legacy, stratum.tally.unified].contains { $0.clusters.total(measure.numerator) > 0 }
    }
    guard !isReported else { return }
    guard min(estimates.legacy.units, estimates.unified.units) >= Double(settings.minimumRequests) else {
      shortage = .fewRequests
      return
    }
    (shortage, verdict) = (.notReported, .absent)
  }

  /// What is shown is what is judged: the bounds decide the verdict.
  private mutating func judge(_ contrast: Contrast, _ sequence: ConfidenceSequence, elapsedSeconds: Double) {
    let halfWidth = sequence.halfWidth(standardError: contrast.standardError, units: contrast.units)
    guard halfWidth.isFinite else {
      shortage = .fewUsers
      return
    }
    let bounds = (lower: contrast.difference - halfWidth, upper: contrast.difference + halfWidth)
    // Shares differ by no more than all, and there cannot be less than none.
    lower = measure.isProportion ? max(bounds.lower, -1) : bounds.lower
    upper = measure.isProportion && !measure.isRelative ? min(bounds.upper, 1) : bounds.upper
    let worse = measure.isWorseAbove ? bounds : (lower: -bounds.upper, upper: -bounds.lower)
    if worse.lower > margin {
      verdict = .harmful
    } else if worse.upper < margin {
      verdict = .safe
    }
    let outlook = Outlook(contrast: contrast, sequence: sequence, margin: margin)
    detectable = outlook.detectable(measure)
    if verdict == .undecided {
      let change = measure.isWorseAbove ? contrast.difference : -contrast.difference
      secondsToVerdict = outlook.timesTheTraffic(for: change).map { ($0 - 1) * elapsedSeconds }
    }
  }

  private static func shortage(_ contrast: Contrast, _ settings: GuardrailSettings) -> Shortage? {
    if min(contrast.legacy.units, contrast.unified.units) < Double(settings.minimumRequests) { return .fewRequests }
    if min(contrast.legacy.clusters, contrast.unified.clusters) < settings.minimumClusters { return .fewUsers }
    return nil
  }

  /// The ratio of one cohort over everything there is, where cohorts cannot be compared.
  private static func crude(_ measure: Measure, _ tables: [ClusterTable]) -> Double? {
    let units = tables.reduce(0) { $0 + Double($1.total(measure.denominator)) }
    return units == 0 ? nil : tables.reduce(0) { $0 + Double($1.total(measure.numerator)) } / units
  }
}
