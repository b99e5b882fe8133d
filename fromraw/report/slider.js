for (const place of document.querySelectorAll('.thresholds')) {
  const { name, there, points } = JSON.parse(place.dataset.points);
  const slider = place.querySelector('input'), words = place.querySelector('output');
  const tell = () => {
    const [threshold, alarms, wrong, caught] = points[slider.value];
    const share = Math.round(100 * caught / there);
    const alarm = alarms ? `${wrong} of ${alarms} alarms are false` : 'there is no alarm';
    words.textContent = `From ${threshold} on you catch ${share}% of the \u201c${name}\u201d (${caught} of ${there}); ${alarm}.`;
  };
  slider.addEventListener('input', tell);
  tell();
  place.hidden = false;
}
